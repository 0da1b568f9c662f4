#include "tests/sim/history_check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/check/judge.h"

namespace althing::sim {
namespace {

check::Kind KindOf(const pb::Command& command) {
  switch (command.operation()) {
    case pb::OPERATION_PUT:
      return check::Kind::kPut;
    case pb::OPERATION_DELETE:
      return check::Kind::kDelete;
    case pb::OPERATION_APPEND:
      return check::Kind::kAppend;
    default:
      return check::Kind::kGet;
  }
}

bool Failed(const CallRecord& call) {
  return std::any_of(call.results.begin(), call.results.end(),
                     [](const pb::Result& result) { return result.condition_failed(); });
}

// Whether an earlier command of the request writes the key of this one, which then is judged by
// what nobody sees if the request fails.
bool WrittenBefore(const CallRecord& call, int i) {
  for (int before = 0; before < i; ++before) {
    const pb::Command& command = call.request.commands(before);
    const bool write = command.operation() != pb::OPERATION_GET;
    if (write && command.key() == call.request.commands(i).key()) return true;
  }
  return false;
}

// Each key that the request touches once, with its version before and after the request.
struct Span {
  uint64_t before = 0, after = 0;
};
std::map<std::string, Span> SpansOf(const CallRecord& call) {
  std::map<std::string, Span> spans;
  if (call.results.empty() || Failed(call)) return spans;
  for (int i = 0; i < call.request.commands_size(); ++i) {
    const pb::Command& command = call.request.commands(i);
    const uint64_t version = call.results[static_cast<size_t>(i)].version();
    const bool write = command.operation() != pb::OPERATION_GET;
    const auto [it, first] = spans.try_emplace(command.key(), Span{version - write, version});
    if (!first) it->second.after = version;
  }
  return spans;
}

// `a` and `b`: one key, two requests. -1: a is first, 1: b is first, 0: the versions do not tell.
int Order(const Span& a, const Span& b) {
  if (a.after <= b.before && (a.after < b.after || a.before < b.before)) return -1;
  if (b.after <= a.before && (b.after < a.after || b.before < a.before)) return 1;
  return 0;
}

std::string FindTornRequest(const std::vector<CallRecord>& calls) {
  std::vector<std::pair<const CallRecord*, std::map<std::string, Span>>> multi;
  for (const CallRecord& call : calls) {
    auto spans = SpansOf(call);
    if (spans.size() > 1) multi.emplace_back(&call, std::move(spans));
  }
  for (size_t i = 0; i < multi.size(); ++i) {
    for (size_t j = i + 1; j < multi.size(); ++j) {
      int order = 0;
      for (const auto& [key, span] : multi[i].second) {
        const auto other = multi[j].second.find(key);
        if (other == multi[j].second.end()) continue;
        const int here = Order(span, other->second);
        if (here != 0 && order != 0 && here != order) {
          return absl::StrCat(
              "two requests happened in two orders: ", multi[i].first->request.ShortDebugString(),
              " and ", multi[j].first->request.ShortDebugString());
        }
        if (here != 0) order = here;
      }
    }
  }
  return "";
}

// No value if nothing is said of it.
std::optional<check::Operation> ToOperation(const CallRecord& call, int i) {
  const pb::Command& command = call.request.commands(i);
  check::Operation operation{.client = absl::StrCat(call.client),
                             .key = command.key(),
                             .kind = KindOf(command),
                             .value = command.value(),
                             .outcome = call.outcome,
                             .call_ns = call.call_ns,
                             .return_ns = call.return_ns};
  if (command.condition_case() == pb::Command::kIfVersion) {
    operation.expect_version = command.if_version();
  } else if (command.condition_case() == pb::Command::kIfValue) {
    operation.expect_value = command.if_value();
  }
  if (call.outcome != check::Outcome::kOk) return operation;
  const pb::Result& result = call.results[static_cast<size_t>(i)];
  operation.result.version = result.version();
  operation.result.found = result.found();
  const bool get = operation.kind == check::Kind::kGet;
  if (Failed(call)) {
    // Nothing was written. The command whose condition failed shows what the key holds.
    if (!result.condition_failed() || WrittenBefore(call, i)) return std::nullopt;
    operation.result.applied = false;
    if (result.found()) operation.result.value = result.value();
    return operation;
  }
  if (get && result.found()) operation.result.value = result.value();
  if (check::IsConditional(operation)) operation.result.applied = true;
  return operation;
}

}  // namespace

check::History ToHistory(const std::vector<CallRecord>& calls) {
  check::History history;
  for (const CallRecord& call : calls) {
    for (int i = 0; i < call.request.commands_size(); ++i) {
      if (auto operation = ToOperation(call, i)) {
        operation->line = history.size() + 1;
        history.push_back(*std::move(operation));
      }
    }
  }
  return history;
}

std::string FindContradiction(const std::vector<CallRecord>& calls, uint64_t* given_up) {
  const check::History history = ToHistory(calls);
  const check::Judgement judgement = check::Judge(history);
  if (given_up != nullptr) {
    *given_up = static_cast<uint64_t>(std::ranges::count(
        judgement.faults, check::Verdict::kUndecided, &check::KeyVerdict::verdict));
  }
  // A key that the search gave up, and whose versions show nothing, is believed.
  if (judgement.verdict == check::Verdict::kViolation) return check::InWords(judgement, history);
  return FindTornRequest(calls);
}

}  // namespace althing::sim
