#include "client/script/script.h"

#include "absl/strings/ascii.h"

namespace althing {

absl::StatusOr<Script> ParseScript(absl::string_view text, const ScriptSource& source) {
  const bool looks_like_json =
      absl::string_view(absl::StripLeadingAsciiWhitespace(text)).substr(0, 1) == "{";
  const bool json = source.format == ScriptFormat::kJson ||
                    (source.format == ScriptFormat::kAuto && looks_like_json);
  return json ? ParseJsonScript(text, source) : ParseTextScript(text, source);
}

}  // namespace althing
