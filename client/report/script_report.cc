#include "client/report/script_report.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "client/commands/kv_flags.h"
#include "client/library/convert.h"
#include "client/outcome.h"
#include "client/report/answer.h"
#include "client/report/history_line.h"

namespace althing {
namespace {

constexpr size_t kShownBytesMax = 40;

// Fit for a line of its own.
std::string Shown(absl::string_view bytes, Encoding encoding) {
  const bool cut = bytes.size() > kShownBytesMax;
  if (cut) bytes = bytes.substr(0, kShownBytesMax);
  std::string text = encoding == Encoding::kUtf8
                         ? (IsUtf8(bytes) ? absl::Utf8SafeCEscape(bytes) : absl::CEscape(bytes))
                         : Encode(encoding, bytes);
  if (text.empty() || text.find(' ') != std::string::npos) text = absl::StrCat("\"", text, "\"");
  return absl::StrCat(text, cut ? "..." : "");
}

std::string CommandText(const Access& access) {
  const KeyCommand& command = access.command;
  const Condition& condition = command.condition;
  std::string text =
      absl::StrCat(VerbOf(command.operation), " ", Shown(command.key, access.encoding));
  if (command.operation == KeyCommand::Operation::kPut ||
      command.operation == KeyCommand::Operation::kAppend) {
    absl::StrAppend(&text, " ", Shown(command.value, access.encoding));
  }
  if (condition.if_version) absl::StrAppend(&text, " --if-version ", *condition.if_version);
  if (condition.if_value) {
    absl::StrAppend(&text, " --if-value ", Shown(*condition.if_value, access.encoding));
  }
  if (condition.if_absent) absl::StrAppend(&text, " --if-absent");
  return text;
}

std::string AnswerText(const Access& access, const Outcome& outcome) {
  if (!outcome.ok()) {
    return absl::StrCat(absl::StatusCodeToString(outcome.status.code()),
                        ", written: ", WrittenName(outcome.written));
  }
  const KeyResult& result = outcome.results.front();
  if (result.condition_failed) return FailedConditionText(result);
  const bool get = access.command.operation == KeyCommand::Operation::kGet;
  const bool del = access.command.operation == KeyCommand::Operation::kDelete;
  return absl::StrCat(!get           ? ResultText(access.command, result, access.encoding)
                      : result.found ? Shown(result.value, access.encoding)
                                     : "(no value)",
                      del ? " removed" : "", ", version ", result.version,
                      outcome.repeated ? ", repeated" : "");
}

std::string ReplicaText(const AccessEnd& end) {
  if (end.outcome.ok()) return absl::StrCat("replica ", end.outcome.replica);
  return end.access.replica ? absl::StrCat("replica ", *end.access.replica) : "any";
}

double PerSecond(const ScriptResult& result) {
  const double seconds = static_cast<double>(result.duration_ns) / 1e9;
  return seconds > 0 ? static_cast<double>(result.accesses) / seconds : 0;
}

v1::ProposeReply ToReply(const Outcome& outcome) {
  v1::ProposeReply reply;
  for (const KeyResult& result : outcome.results) {
    v1::Result& to = *reply.add_results();
    to.set_found(result.found);
    to.set_value(result.value);
    to.set_version(result.version);
    to.set_condition_failed(result.condition_failed);
  }
  return reply;
}

}  // namespace

std::string AccessText(const AccessEnd& end, size_t place_width) {
  const double ms = static_cast<double>(end.return_ns - end.call_ns) / 1e6;
  return absl::StrFormat("%-*s %c %-9s %9.3f ms  %s: %s\n", static_cast<int>(place_width),
                         end.access.place, end.together ? '|' : ' ', ReplicaText(end), ms,
                         CommandText(end.access), AnswerText(end.access, end.outcome));
}

std::string AccessJson(const AccessEnd& end) {
  const Access& access = end.access;
  const Outcome& outcome = end.outcome;
  nlohmann::ordered_json object = {{"place", access.place},
                                   {"op", VerbOf(access.command.operation)},
                                   {"together", end.together},
                                   {"asked_replica", nullptr},
                                   {"latency_ns", end.return_ns - end.call_ns},
                                   {"status", absl::StatusCodeToString(outcome.status.code())},
                                   {"written", WrittenName(outcome.written)}};
  if (access.replica) object["asked_replica"] = *access.replica;
  if (outcome.ok()) {
    object.update(ResultJson(access.command, outcome.results.front()));
    AddPlace(object, outcome);
  } else {
    SetBytes(object, "key", access.command.key);
    object["error"] = std::string(outcome.status.message());
  }
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string ScriptSummaryText(const ScriptResult& result) {
  return absl::StrFormat("%d %s, %d answered, %d failed, %.3f s, %.0f per second\n",
                         result.accesses, result.accesses == 1 ? "access" : "accesses",
                         result.answered, result.failed,
                         static_cast<double>(result.duration_ns) / 1e9, PerSecond(result));
}

std::string ScriptSummaryJson(const ScriptResult& result) {
  nlohmann::ordered_json object = {
      {"accesses", result.accesses},
      {"answered", result.answered},
      {"failed", result.failed},
      {"duration_seconds", static_cast<double>(result.duration_ns) / 1e9},
      {"accesses_per_second", PerSecond(result)},
      {"interrupted", result.interrupted}};
  if (!result.unmet.empty()) object["unmet"] = result.unmet;
  return object.dump() + "\n";
}

std::string AccessHistory(const AccessEnd& end) {
  const Outcome& outcome = end.outcome;
  const bool writes = end.access.command.operation != KeyCommand::Operation::kGet;
  const v1::Command command = ToProto(end.access.command);
  const v1::ProposeReply reply = ToReply(outcome);
  // Of a read that failed nothing is known; the library calls it not written.
  const CallOutcome call = {.status = outcome.status,
                            .sent = true,
                            .write = writes,
                            .refused = writes && outcome.written == Written::kNo};
  const bool cancelled = outcome.status.code() == absl::StatusCode::kCancelled;
  return HistoryLine({end.slot, command, reply, call, end.call_ns,
                      cancelled ? std::nullopt : std::optional(end.return_ns)});
}

}  // namespace althing
