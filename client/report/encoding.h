// Bytes of keys and values as people and JSON can read them.
#ifndef ALTHING_CLIENT_REPORT_ENCODING_H_
#define ALTHING_CLIENT_REPORT_ENCODING_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace althing {

// Well-formed as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool IsUtf8(absl::string_view bytes);

// Sets object[name] to the text if it is UTF-8, else object[name + "_base64"].
void SetBytes(nlohmann::ordered_json& object, const std::string& name, absl::string_view bytes);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_ENCODING_H_
