// What a failed call means for the user: did the write happen, what to do, and the exit code.
#ifndef ALTHING_CLIENT_OUTCOME_H_
#define ALTHING_CLIENT_OUTCOME_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "althing/client.h"
#include "pb/kv.pb.h"

namespace althing {

// What the program returns. The numbers are a promise to scripts (docs/client.md).
enum ExitCode : int {
  kExitOk = 0,
  kExitNo = 1,            // get: the key has no value; a write: its condition failed.
  kExitUnavailable = 2,   // No replica could be reached, or it cannot serve; nothing was written.
  kExitInvalidInput = 3,  // The request, the configuration or an argument's value is wrong.
  kExitServerError = 4,   // A replica answered with an error; run: at least one operation failed.
  kExitUnknown = 5,       // Interrupted, outcome unknown, or status: not healthy.
  kExitOutput = 6,        // The answer could not be written to standard output.
  kExitUsage = 64,        // Unknown command or flag, or a flag's value that is not of its type.
};

// How a call ended.
struct CallOutcome {
  absl::Status status;
  bool sent = false;     // There was a connection to call on: the replica may have got the call.
  bool write = false;    // It would have changed the store.
  bool refused = false;  // The replica said that it has not proposed the command and never will.
  // What the library says, which knows about all tries.
  std::optional<Written> written = std::nullopt;
};

// Of a call of the library.
CallOutcome CallOutcomeOf(const Outcome& outcome);

// Did the write happen? What the library says stands. Else what a replica refused did not. Without
// its word, a code that says that the answer was lost means unknown: of an UNAVAILABLE after the
// call was sent the connection may have broken with the proposal under way.
Written WrittenBy(const CallOutcome& outcome);

// "no", "yes", "unknown".
absl::string_view WrittenName(Written written);

// kExitUnknown where the outcome of a write is unknown or the call ran into its deadline.
ExitCode ExitCodeOf(const CallOutcome& outcome);

// INTERNAL if the reply has not one result for each command of the request.
absl::Status CheckReply(const v1::Request& request, const v1::ProposeReply& reply);

// "error: put: replica 0 (localhost:7100): DEADLINE_EXCEEDED: ... Written: unknown. ..." without
// newline. `who` may be empty.
std::string ErrorLine(absl::string_view command, absl::string_view who, const CallOutcome& outcome);

// For what is found wrong before any call: "error: put: ... Written: no."
std::string InputErrorLine(absl::string_view command, const absl::Status& status);

}  // namespace althing

#endif  // ALTHING_CLIENT_OUTCOME_H_
