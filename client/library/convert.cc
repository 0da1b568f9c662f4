#include "client/library/convert.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

using Operation = KeyCommand::Operation;

v1::Operation ToProto(Operation operation) {
  switch (operation) {
    case Operation::kGet:
      return v1::OPERATION_GET;
    case Operation::kPut:
      return v1::OPERATION_PUT;
    case Operation::kAppend:
      return v1::OPERATION_APPEND;
    case Operation::kDelete:
      return v1::OPERATION_DELETE;
  }
  return v1::OPERATION_UNSPECIFIED;
}

absl::Status Check(const KeyCommand& command) {
  const Condition& condition = command.condition;
  const int conditions =
      (condition.if_version ? 1 : 0) + (condition.if_value ? 1 : 0) + (condition.if_absent ? 1 : 0);
  const bool takes_value =
      command.operation == Operation::kPut || command.operation == Operation::kAppend;
  if (command.key.empty()) {
    return absl::InvalidArgumentError("the key is empty. A key has at least one byte");
  }
  if (conditions > 1) {
    return absl::InvalidArgumentError(
        "a write has several conditions. Choose one of if_version, if_value and if_absent");
  }
  if (conditions > 0 && command.operation == Operation::kGet) {
    return absl::InvalidArgumentError("a get has a condition. Only writes may have one");
  }
  if (!takes_value && !command.value.empty()) {
    return absl::InvalidArgumentError("a get or delete has a value. Leave it out");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Check(const std::vector<KeyCommand>& commands) {
  if (commands.empty()) {
    return absl::InvalidArgumentError("there is no command. A request has at least one");
  }
  absl::Status status;
  for (const KeyCommand& command : commands) status.Update(Check(command));
  return status;
}

bool Writes(const std::vector<KeyCommand>& commands) {
  return std::any_of(commands.begin(), commands.end(), [](const KeyCommand& command) {
    return command.operation != Operation::kGet;
  });
}

v1::Command ToProto(const KeyCommand& command) {
  v1::Command proto;
  proto.set_operation(ToProto(command.operation));
  proto.set_key(command.key);
  proto.set_value(command.value);
  if (command.condition.if_absent) proto.set_if_version(0);
  if (command.condition.if_version) proto.set_if_version(*command.condition.if_version);
  if (command.condition.if_value) proto.set_if_value(*command.condition.if_value);
  return proto;
}

v1::Request ToRequest(const std::vector<KeyCommand>& commands) {
  v1::Request request;
  for (const KeyCommand& command : commands) *request.add_commands() = ToProto(command);
  return request;
}

Outcome ToOutcome(const Failover::End& end, const std::vector<KeyCommand>& commands) {
  const bool writes = Writes(commands);
  Outcome outcome = {.status = end.status, .where = end.where, .tries = end.tries};
  if (!end.status.ok()) {
    outcome.written = writes && end.uncertain ? Written::kUnknown : Written::kNo;
    return outcome;
  }
  const auto& reply = std::get<v1::ProposeReply>(end.answer);
  if (static_cast<size_t>(reply.results_size()) != commands.size()) {
    outcome.status =
        absl::InternalError(absl::StrCat("replica ", reply.replica(), " answered ", commands.size(),
                                         " commands with ", reply.results_size(), " results"));
    outcome.written = writes ? Written::kUnknown : Written::kNo;
    return outcome;
  }
  for (const v1::Result& result : reply.results()) {
    outcome.results.push_back(
        {result.found(), result.value(), result.version(), result.condition_failed()});
  }
  outcome.written = writes && !outcome.condition_failed() ? Written::kYes : Written::kNo;
  outcome.instance = absl::StrCat(reply.instance().coordinator(), ".", reply.instance().slot());
  outcome.partition = reply.partition();
  outcome.replica = reply.replica();
  outcome.repeated = reply.repeated();
  return outcome;
}

Outcome NotSent(absl::Status status) { return {.status = std::move(status)}; }

}  // namespace althing
