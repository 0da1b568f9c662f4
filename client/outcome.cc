#include "client/outcome.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace althing {
namespace {

absl::string_view Advice(const CallOutcome& outcome) {
  if (WrittenBy(outcome) == Written::kUnknown) {
    return "Get the key to see whether the write took effect before you repeat it.";
  }
  switch (outcome.status.code()) {
    case absl::StatusCode::kUnavailable:
      return outcome.sent ? "Ask `client status` which replicas are ready, then try again."
                          : "Check that the replicas run and that --config or --endpoints names "
                            "their client ports.";
    case absl::StatusCode::kDeadlineExceeded:
      return "Ask `client status` which replicas are ready, or raise --timeout.";
    case absl::StatusCode::kCancelled:
      return "Try again.";
    case absl::StatusCode::kResourceExhausted:
      return "The replica is overloaded or the message too large: send less, or later.";
    case absl::StatusCode::kUnimplemented:
      return "Check that the address is the client port of a replica of this version.";
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return "Correct the request.";
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return "Ask who runs the cluster for access.";
    default:
      return "Look into the replica's log.";
  }
}

std::string OneLine(absl::string_view text) {
  std::string line = absl::StrReplaceAll(text, {{"\r", ""}, {"\n", " "}});
  if (!line.empty() && line.back() == '.') line.pop_back();
  return line;
}

}  // namespace

absl::string_view WrittenName(Written written) {
  switch (written) {
    case Written::kNo:
      return "no";
    case Written::kYes:
      return "yes";
    case Written::kUnknown:
      break;
  }
  return "unknown";
}

CallOutcome CallOutcomeOf(const Outcome& outcome) {
  return {.status = outcome.status, .sent = outcome.tries > 0, .written = outcome.written};
}

Written WrittenBy(const CallOutcome& outcome) {
  if (outcome.written) return *outcome.written;
  const bool reached = outcome.sent && !outcome.refused;
  if (!outcome.write || (!reached && !outcome.status.ok())) return Written::kNo;
  switch (outcome.status.code()) {
    case absl::StatusCode::kOk:
      return Written::kYes;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
      return Written::kNo;
    default:
      return Written::kUnknown;
  }
}

ExitCode ExitCodeOf(const CallOutcome& outcome) {
  if (outcome.status.ok()) return kExitOk;
  if (WrittenBy(outcome) == Written::kUnknown) return kExitUnknown;
  switch (outcome.status.code()) {
    case absl::StatusCode::kUnavailable:
      return kExitUnavailable;
    case absl::StatusCode::kDeadlineExceeded:
      return outcome.sent ? kExitUnknown : kExitUnavailable;
    case absl::StatusCode::kCancelled:
      return kExitUnknown;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return kExitInvalidInput;
    default:
      return kExitServerError;
  }
}

absl::Status CheckReply(const v1::Request& request, const v1::ProposeReply& reply) {
  if (reply.results_size() == request.commands_size()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("the replica answered ", request.commands_size(),
                                          " commands with ", reply.results_size(), " results"));
}

std::string ErrorLine(absl::string_view command, absl::string_view who,
                      const CallOutcome& outcome) {
  return absl::StrCat("error: ", command, ": ", who, who.empty() ? "" : ": ",
                      absl::StatusCodeToString(outcome.status.code()), ": ",
                      OneLine(outcome.status.message()),
                      ". Written: ", WrittenName(WrittenBy(outcome)), ". ", Advice(outcome));
}

std::string InputErrorLine(absl::string_view command, const absl::Status& status) {
  return absl::StrCat("error: ", command, ": ", OneLine(status.message()), ". Written: no.");
}

}  // namespace althing
