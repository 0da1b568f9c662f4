#include "client/report/history_line.h"

#include <nlohmann/json.hpp>

#include "client/report/encoding.h"

namespace althing {
namespace {

const char* Name(v1::Operation operation) {
  switch (operation) {
    case v1::OPERATION_GET:
      return "get";
    case v1::OPERATION_DELETE:
      return "delete";
    case v1::OPERATION_APPEND:
      return "append";
    default:
      return "put";
  }
}

const char* Name(const CallOutcome& outcome) {
  if (outcome.status.ok()) return "ok";
  return !outcome.sent || outcome.refused ? "failed" : "unknown";
}

nlohmann::ordered_json ResultOf(const v1::Command& command, const v1::Result& reply) {
  nlohmann::ordered_json result;
  const bool conditional = command.condition_case() != v1::Command::CONDITION_NOT_SET;
  if (conditional) result["applied"] = !reply.condition_failed();
  result["found"] = reply.found();
  const bool shows = command.operation() == v1::OPERATION_GET || reply.condition_failed();
  if (shows && reply.found()) SetBytes(result, "value", reply.value());
  result["version"] = reply.version();
  return result;
}

}  // namespace

std::string HistoryLine(const HistoryRecord& record) {
  const v1::Command& command = record.command;
  nlohmann::ordered_json line;
  line["client"] = record.client;
  SetBytes(line, "key", command.key());
  line["op"] = Name(command.operation());
  if (command.operation() == v1::OPERATION_PUT || command.operation() == v1::OPERATION_APPEND) {
    SetBytes(line, "value", command.value());
  }
  if (command.has_if_version()) line["expect_version"] = command.if_version();
  if (command.has_if_value()) SetBytes(line, "expect_value", command.if_value());
  line["call_ns"] = record.call_ns;
  line["return_ns"] = nullptr;
  if (record.return_ns) line["return_ns"] = *record.return_ns;
  line["outcome"] = Name(record.outcome);
  if (record.outcome.status.ok()) line["result"] = ResultOf(command, record.reply.results(0));
  return line.dump() + "\n";
}

}  // namespace althing
