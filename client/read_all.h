// Bytes from files and standard input.
#ifndef ALTHING_CLIENT_READ_ALL_H_
#define ALTHING_CLIENT_READ_ALL_H_

#include <istream>
#include <optional>
#include <string>

namespace althing {

// All that is left in `in`; nullopt if it cannot be read to its end, or if there is nothing to read
// from.
std::optional<std::string> ReadAll(std::istream& in);

}  // namespace althing

#endif  // ALTHING_CLIENT_READ_ALL_H_
