#include "client/report/answer.h"

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

using Operation = KeyCommand::Operation;

bool IsConditional(const KeyCommand& command) {
  const Condition& condition = command.condition;
  return condition.if_version || condition.if_value || condition.if_absent;
}

}  // namespace

nlohmann::ordered_json ResultJson(const KeyCommand& command, const KeyResult& result) {
  nlohmann::ordered_json object;
  SetBytes(object, "key", command.key);
  object["found"] = result.found;
  const bool holds_value = command.operation == Operation::kGet || result.condition_failed;
  if (holds_value && result.found) SetBytes(object, "value", result.value);
  if (command.operation == Operation::kDelete) {
    object["removed"] = result.found && !result.condition_failed ? 1 : 0;
  }
  if (IsConditional(command)) object["condition_failed"] = result.condition_failed;
  object["version"] = result.version;
  return object;
}

void AddPlace(nlohmann::ordered_json& object, const Outcome& outcome) {
  object["instance"] = outcome.instance;
  object["partition"] = outcome.partition;
  object["replica"] = outcome.replica;
  if (outcome.repeated) object["repeated"] = true;
}

std::string ResultText(const KeyCommand& command, const KeyResult& result, Encoding encoding) {
  switch (command.operation) {
    case Operation::kGet:
      return Encode(encoding, result.value);
    case Operation::kDelete:
      return result.found ? "1" : "0";
    case Operation::kPut:
    case Operation::kAppend:
      break;
  }
  return "OK";
}

std::string FailedConditionText(const KeyResult& result) {
  return absl::StrCat("the condition failed: the key has ", result.found ? "a value" : "no value",
                      " and version ", result.version);
}

}  // namespace althing
