#include "tests/check/model.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace althing::check {
namespace {

bool Holds(const State& state, const Operation& write) {
  if (write.expect_version == 0) return !state.present;
  if (write.expect_version) return state.version == *write.expect_version;
  return state.present && state.value == write.expect_value;
}

}  // namespace

bool Changes(const State& state, const Operation& operation) {
  if (IsConditional(operation)) return Holds(state, operation);
  return operation.kind != Kind::kGet;
}

bool Answers(const State& state, const Operation& operation) {
  if (operation.outcome != Outcome::kOk) return true;
  const Result& result = operation.result;
  const bool changes = Changes(state, operation);
  if (result.applied && *result.applied != changes) return false;
  if (result.version && *result.version != state.version + (changes ? 1 : 0)) return false;
  if (result.found && *result.found != state.present) return false;
  return !result.value || (state.present && *result.value == state.value);
}

State After(const State& state, const Operation& operation) {
  if (!Changes(state, operation)) return state;
  switch (operation.kind) {
    case Kind::kDelete:
      return {false, "", state.version + 1};
    case Kind::kAppend:
      return {true, absl::StrCat(state.value, operation.value), state.version + 1};
    default:
      return {true, operation.value, state.version + 1};
  }
}

}  // namespace althing::check
