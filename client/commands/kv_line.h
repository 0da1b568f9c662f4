// Commands on keys as lines of text: put KEY VALUE --if-version 3. The verbs and flags are those of
// the program's own commands (docs/client.md).
#ifndef ALTHING_CLIENT_COMMANDS_KV_LINE_H_
#define ALTHING_CLIENT_COMMANDS_KV_LINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/commands/kv_options.h"

namespace althing {

// The words of a line, as a shell would see them: blanks separate; '...' keeps all, "..." all but
// \" and
// \\, a backslash the next byte; # at the begin of a word begins a comment. INVALID_ARGUMENT if a
// quotation is not closed or nothing follows a backslash.
absl::StatusOr<std::vector<std::string>> SplitWords(absl::string_view line);

// What the words say, for MakeCommand; flags that are not given are as in `defaults`.
// INVALID_ARGUMENT with what is wrong. REQUIRES: there is a word.
absl::StatusOr<KvOptions> ParseKvWords(const std::vector<std::string>& words,
                                       const KvOptions& defaults = {});

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_LINE_H_
