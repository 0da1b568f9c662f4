// Scripted accesses: what `client script` runs, as read from a file (docs/client.md).
#ifndef ALTHING_CLIENT_SCRIPT_SCRIPT_H_
#define ALTHING_CLIENT_SCRIPT_SCRIPT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "althing/client.h"
#include "client/report/encoding.h"

namespace althing {

// What a get must find, or else the script fails.
struct Expectation {
  std::string place = {};
  std::optional<std::string> value = std::nullopt;  // Absent: the key has no value.
};

struct Access {
  std::string place = {};  // As in "demo.txt:4" or "demo.json: Accesses[3]".
  std::optional<uint32_t> replica = std::nullopt;  // Only this one, not that of the script.
  KeyCommand command = {};
  Encoding encoding = Encoding::kUtf8;  // In which results are printed.
  std::optional<Expectation> expect = std::nullopt;
};

// Either accesses that are under way together, or a pause.
struct Step {
  std::vector<Access> accesses = {};
  absl::Duration pause = absl::ZeroDuration();
};

struct Script {
  std::vector<Step> steps = {};  // With at least one access.
  // So many accesses are made: the steps again and again, or only the first ones. Absent: all
  // steps, once.
  std::optional<uint64_t> count = std::nullopt;
};

enum class ScriptFormat { kAuto, kText, kJson };

struct ScriptSource {
  std::string name = {};                      // Of the file, for messages.
  ScriptFormat format = ScriptFormat::kAuto;  // kAuto: JSON if the first character is {.
  Encoding encoding = Encoding::kUtf8;        // Of lines that name none; text only.
  const std::vector<Endpoint>& endpoints;     // The replicas that may be named.
};

// INVALID_ARGUMENT: one line that begins with the place and ends with what to do.
absl::StatusOr<Script> ParseScript(absl::string_view text, const ScriptSource& source);

// The two formats.
absl::StatusOr<Script> ParseTextScript(absl::string_view text, const ScriptSource& source);
absl::StatusOr<Script> ParseJsonScript(absl::string_view text, const ScriptSource& source);

}  // namespace althing

#endif  // ALTHING_CLIENT_SCRIPT_SCRIPT_H_
