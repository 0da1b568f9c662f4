#include "tests/check/proof/script.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/check/model.h"

namespace althing::check {
namespace {

constexpr uint64_t kPauseNsMax = 100;
constexpr uint64_t kHalfCallNsMax = 250;
constexpr uint64_t kLateNsMax = 3000;

Kind RandomKind(const ScriptPlan& plan, Chance& chance) {
  const uint64_t draw = chance.Below(100);
  if (draw < 40) return Kind::kGet;
  if (draw < 75) return Kind::kPut;
  if (draw < 82) return Kind::kDelete;
  return plan.values_decide && draw < 92 ? Kind::kAppend : Kind::kPut;
}

Step RandomStep(const ScriptPlan& plan, int64_t call_ns, size_t number, Chance& chance) {
  Step step;
  Operation& operation = step.operation;
  operation.key = absl::StrCat("k", chance.Below(static_cast<uint64_t>(plan.keys)));
  operation.kind = RandomKind(plan, chance);
  if (operation.kind != Kind::kGet && operation.kind != Kind::kDelete) {
    operation.value = absl::StrCat("<", number, ">");
  }
  operation.call_ns = call_ns;
  const auto executed_ns = call_ns + static_cast<int64_t>(chance.Below(kHalfCallNsMax));
  operation.return_ns = executed_ns + static_cast<int64_t>(chance.Below(kHalfCallNsMax));
  if (chance.Percent(plan.failed_percent)) {
    operation.outcome = Outcome::kFailed;
  } else if (chance.Percent(plan.unknown_percent)) {
    operation.outcome = Outcome::kUnknown;
    // At once, late or never.
    const uint64_t fate = chance.Below(3);
    if (fate == 0) step.executed_ns = executed_ns;
    if (fate == 1) step.executed_ns = executed_ns + static_cast<int64_t>(chance.Below(kLateNsMax));
    if (chance.Percent(50)) operation.return_ns = kNever;
  } else {
    step.executed_ns = executed_ns;
  }
  return step;
}

// Half of the expectations hold when they are looked at.
void Expect(Operation& write, const State& state, bool on_value, Chance& chance) {
  const bool holds = chance.Percent(50);
  if (on_value) {
    write.expect_value = holds ? state.value : absl::StrCat("<", chance.Below(40), ">");
  } else if (holds) {
    write.expect_version = state.present ? state.version : 0;
  } else {
    write.expect_version = chance.Below(state.version + 3);
  }
}

Result AnswerOf(const State& state, const Operation& operation) {
  Result result;
  result.found = state.present;
  const State after = After(state, operation);
  result.version = after.version;
  if (IsConditional(operation)) result.applied = Changes(state, operation);
  const bool shows = operation.kind == Kind::kGet || result.applied == false;
  if (shows && state.present) result.value = state.value;
  return result;
}

std::vector<size_t> ByExecution(const Script& script) {
  std::vector<size_t> order;
  for (size_t i = 0; i < script.size(); ++i) {
    if (script[i].executed_ns) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&script](size_t a, size_t b) {
    return *script[a].executed_ns < *script[b].executed_ns;
  });
  return order;
}

}  // namespace

uint64_t Chance::Next() {
  uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

Script RandomScript(const ScriptPlan& plan, Chance& chance) {
  Script script;
  int renamed = plan.clients;
  for (int client = 0; client < plan.clients; ++client) {
    int name = client;
    int64_t now_ns = 0;
    for (int i = client; i < plan.operations; i += plan.clients) {
      now_ns += 1 + static_cast<int64_t>(chance.Below(kPauseNsMax));
      Step step = RandomStep(plan, now_ns, script.size(), chance);
      step.operation.client = absl::StrCat(name);
      if (step.operation.outcome == Outcome::kUnknown) {
        name = renamed++;
        now_ns += kHalfCallNsMax;
      } else {
        now_ns = step.operation.return_ns;
      }
      script.push_back(std::move(step));
    }
  }
  std::map<std::string, State> states;
  for (Step& step : script) {
    const bool on_value = plan.values_decide && chance.Percent(50);
    const bool conditional = step.operation.kind != Kind::kGet && chance.Percent(15);
    if (conditional) Expect(step.operation, {}, on_value, chance);
  }
  for (const size_t i : ByExecution(script)) {
    Operation& operation = script[i].operation;
    State& state = states[operation.key];
    if (IsConditional(operation)) {
      const bool on_value = operation.expect_value.has_value();
      operation.expect_version.reset(), operation.expect_value.reset();
      Expect(operation, state, on_value, chance);
    }
    state = After(state, operation);
  }
  return script;
}

History Perform(const Script& script) {
  std::map<std::string, State> states;
  std::vector<Result> results(script.size());
  for (const size_t i : ByExecution(script)) {
    State& state = states[script[i].operation.key];
    results[i] = AnswerOf(state, script[i].operation);
    state = After(state, script[i].operation);
  }
  History history;
  for (size_t i = 0; i < script.size(); ++i) {
    if (script[i].silent) continue;
    history.push_back(script[i].operation);
    if (history.back().outcome == Outcome::kOk) history.back().result = results[i];
    history.back().line = history.size();
  }
  return history;
}

void StripVersions(History& history) {
  for (Operation& operation : history) operation.result.version.reset();
}

}  // namespace althing::check
