#include "client/read_all.h"

#include <array>

namespace althing {

std::optional<std::string> ReadAll(std::istream& in) {
  std::string bytes;
  // Not by iterators: those of a folder that was opened as a file would throw.
  for (std::array<char, 4096> part; in.read(part.data(), part.size()) || in.gcount() > 0;) {
    bytes.append(part.data(), static_cast<size_t>(in.gcount()));
  }
  if (!in.eof() || in.bad()) return std::nullopt;
  return bytes;
}

}  // namespace althing
