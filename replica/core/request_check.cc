#include "replica/core/request_check.h"

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

bool IsKnown(pb::Operation operation) {
  return operation == pb::OPERATION_GET || operation == pb::OPERATION_PUT ||
         operation == pb::OPERATION_DELETE || operation == pb::OPERATION_APPEND;
}

absl::Status CheckCommandShape(const CommandView& command) {
  if (!IsKnown(command.operation)) {
    return absl::InvalidArgumentError(absl::StrCat("operation ",
                                                   static_cast<int>(command.operation),
                                                   " is unknown; use GET, PUT, DELETE or APPEND"));
  }
  if (command.key.empty()) {
    return absl::InvalidArgumentError("the key is empty; a key has at least 1 byte");
  }
  const bool takes_value =
      command.operation == pb::OPERATION_PUT || command.operation == pb::OPERATION_APPEND;
  if (!takes_value && !command.value.empty()) {
    return absl::InvalidArgumentError("only PUT and APPEND take a value");
  }
  if (!command.IsWrite() && command.condition.kind != Condition::Kind::kNone) {
    return absl::InvalidArgumentError("GET takes no condition; compare what it returns");
  }
  return absl::OkStatus();
}

absl::Status CheckSessionShape(const RequestView& request) {
  using Act = RequestView::Act;
  if (request.session.has_value()) {
    const SessionId& session = *request.session;
    if (session.instance.coordinator.value >= kMembersMax || session.instance.slot == 0) {
      return absl::InvalidArgumentError(
          "the session's id names no instance; use the one that opening a session returned");
    }
    if (request.act == Act::kOpen) {
      return absl::InvalidArgumentError("opening a session takes no session; it returns one");
    }
  } else if (request.act != Act::kNone && request.act != Act::kOpen) {
    return absl::InvalidArgumentError("trimming, closing and keeping need the session's id");
  }
  const bool numbered = request.session.has_value() && request.act == Act::kNone;
  if (numbered && request.number == 0) {
    return absl::InvalidArgumentError("a request in a session needs a number, from 1");
  }
  if (!numbered && request.number != 0) {
    return absl::InvalidArgumentError("only commands in a session take a number");
  }
  return absl::OkStatus();
}

absl::Status InCommand(const RequestView& request, size_t index, const absl::Status& status) {
  if (status.ok() || request.commands.size() == 1) return status;
  return absl::Status(status.code(), absl::StrCat("command ", index + 1, " of ",
                                                  request.commands.size(), ": ", status.message()));
}

}  // namespace

absl::Status CheckShape(const RequestView& request) {
  if (request.act != RequestView::Act::kNone && !request.commands.empty()) {
    return absl::InvalidArgumentError("a request has commands or an act on a session, not both");
  }
  if (request.act == RequestView::Act::kNone && request.commands.empty()) {
    return absl::InvalidArgumentError("the request has no command; give it at least one");
  }
  for (size_t i = 0; i < request.commands.size(); ++i) {
    const absl::Status status = InCommand(request, i, CheckCommandShape(request.commands[i]));
    if (!status.ok()) return status;
  }
  return CheckSessionShape(request);
}

namespace {

absl::Status CheckSize(const char* what, size_t bytes, size_t bytes_max, const char* setting) {
  if (bytes <= bytes_max) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "the ", what, " has ", bytes, " bytes; the limit is ", bytes_max, " (", setting, ")"));
}

absl::Status CheckSizes(const CommandView& command, const RequestLimits& limits) {
  absl::Status status =
      CheckSize("key", command.key.size(), limits.key_bytes_max, "limits.key_bytes_max");
  status.Update(
      CheckSize("value", command.value.size(), limits.value_bytes_max, "limits.value_bytes_max"));
  status.Update(CheckSize("value to compare with", command.condition.value.size(),
                          limits.value_bytes_max, "limits.value_bytes_max"));
  return status;
}

}  // namespace

absl::Status CheckRequest(const RequestView& request, const RequestLimits& limits) {
  absl::Status status = CheckShape(request);
  if (!status.ok()) return status;
  if (request.close_if_executed.has_value()) {
    return absl::InvalidArgumentError("only replicas close a session under a condition");
  }
  if (request.commands.size() > limits.commands_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the request has ", request.commands.size(), " commands; the limit is ",
                     limits.commands_max, " (limits.request_commands_max)"));
  }
  size_t bytes = 0;
  for (size_t i = 0; i < request.commands.size(); ++i) {
    const CommandView& command = request.commands[i];
    status.Update(InCommand(request, i, CheckSizes(command, limits)));
    bytes += command.key.size() + command.value.size() + command.condition.value.size();
  }
  status.Update(CheckSize("request", bytes, limits.bytes_max, "limits.request_bytes_max"));
  return status;
}

}  // namespace althing
