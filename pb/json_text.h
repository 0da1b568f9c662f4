// Text of JSON -> tree, with errors that a person can act on.
#ifndef ALTHING_PB_JSON_TEXT_H_
#define ALTHING_PB_JSON_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace althing {

// Reads one JSON value; // and /* */ comments count as blanks. INVALID_ARGUMENT with one line,
// without the file's name, that says where and what: nothing but blanks, bytes that are no text,
// bad syntax (line and column), a key given twice in an object, nesting deeper than any
// configuration needs.
absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text);

// `text` in double quotes, fit for a one-line message: cut if long, odd bytes escaped.
std::string QuoteForMessage(absl::string_view text);

}  // namespace althing

#endif  // ALTHING_PB_JSON_TEXT_H_
