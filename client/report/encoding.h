// Bytes of keys and values as people and JSON can read them.
#ifndef ALTHING_CLIENT_REPORT_ENCODING_H_
#define ALTHING_CLIENT_REPORT_ENCODING_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace althing {

// How bytes are written on the command line.
enum class Encoding { kUtf8, kHex, kBase64 };

// The bytes that `text` writes. kUtf8 takes any bytes as they are. INVALID_ARGUMENT, naming `what`.
absl::StatusOr<std::string> Decode(Encoding encoding, absl::string_view what,
                                   absl::string_view text);
// The reverse.
std::string Encode(Encoding encoding, absl::string_view bytes);

// Well-formed as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(absl::string_view bytes);

// Sets object[name] to the text if it is UTF-8, else object[name + "_base64"].
void SetBytes(nlohmann::ordered_json& object, const std::string& name, absl::string_view bytes);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_ENCODING_H_
