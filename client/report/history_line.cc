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
    default:
      return "put";
  }
}

const char* Name(const CallOutcome& outcome) {
  if (outcome.status.ok()) return "ok";
  return !outcome.sent || outcome.refused ? "failed" : "unknown";
}

nlohmann::ordered_json ResultOf(const v1::Command& command, const v1::ProposeReply& reply) {
  nlohmann::ordered_json result;
  result["found"] = reply.found();
  if (command.operation() == v1::OPERATION_GET && reply.found()) {
    SetBytes(result, "value", reply.value());
  }
  result["version"] = reply.version();
  return result;
}

}  // namespace

std::string HistoryLine(const HistoryRecord& record) {
  nlohmann::ordered_json line;
  line["client"] = record.client;
  SetBytes(line, "key", record.command.key());
  line["op"] = Name(record.command.operation());
  if (record.command.operation() == v1::OPERATION_PUT) {
    SetBytes(line, "value", record.command.value());
  }
  line["call_ns"] = record.call_ns;
  line["return_ns"] = nullptr;
  if (record.return_ns) line["return_ns"] = *record.return_ns;
  line["outcome"] = Name(record.outcome);
  if (record.outcome.status.ok()) line["result"] = ResultOf(record.command, record.reply);
  return line.dump() + "\n";
}

}  // namespace althing
