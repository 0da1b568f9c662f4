#include "client/commands/kv_command.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/report/encoding.h"

namespace althing {
namespace {

absl::string_view Verb(v1::Operation operation) {
  switch (operation) {
    case v1::OPERATION_GET:
      return "get";
    case v1::OPERATION_DELETE:
      return "del";
    case v1::OPERATION_APPEND:
      return "append";
    default:
      return "put";
  }
}

std::string JsonAnswer(const v1::Command& command, const v1::ProposeReply& reply) {
  const v1::Result& result = reply.results(0);
  nlohmann::ordered_json object;
  SetBytes(object, "key", command.key());
  object["found"] = result.found();
  const bool holds_value = command.operation() == v1::OPERATION_GET || result.condition_failed();
  if (holds_value && result.found()) SetBytes(object, "value", result.value());
  if (command.operation() == v1::OPERATION_DELETE) {
    object["removed"] = result.found() && !result.condition_failed() ? 1 : 0;
  }
  if (command.condition_case() != v1::Command::CONDITION_NOT_SET) {
    object["condition_failed"] = result.condition_failed();
  }
  object["version"] = result.version();
  object["instance"] = absl::StrCat(reply.instance().coordinator(), ".", reply.instance().slot());
  object["partition"] = reply.partition();
  object["replica"] = reply.replica();
  return object.dump();
}

std::string TextAnswer(const v1::Command& command, const v1::Result& result, Encoding encoding) {
  switch (command.operation()) {
    case v1::OPERATION_GET:
      return Encode(encoding, result.value());
    case v1::OPERATION_DELETE:
      return result.found() ? "1" : "0";
    default:
      return "OK";
  }
}

absl::StatusOr<Proposal> ProposeTo(Client& client, const CommonOptions& common,
                                   const v1::Command& command) {
  if (!common.replica) return client.ProposeToFirst(command, common.timeout);
  const absl::StatusOr<size_t> endpoint = FindReplica(client.endpoints(), *common.replica);
  if (!endpoint.ok()) return endpoint.status();
  return Proposal{*endpoint, client.Propose(*endpoint, command, common.timeout)};
}

// Why the answer is no; empty if it is not.
std::string No(const v1::Command& command, const v1::Result& result) {
  if (result.condition_failed()) {
    return absl::StrCat(Verb(command.operation()), ": the condition failed: the key has ",
                        result.found() ? "a value" : "no value", " and version ", result.version(),
                        ". Written: no. Get the key and decide anew.");
  }
  if (command.operation() == v1::OPERATION_GET && !result.found()) {
    return "get: the key has no value. Written: no. Put one first.";
  }
  return "";
}

}  // namespace

ExitCode RunKv(Client& client, const CommonOptions& common, const v1::Command& command,
               Encoding encoding, std::ostream& out, std::ostream& err) {
  const absl::string_view verb = Verb(command.operation());
  const absl::StatusOr<Proposal> proposal = ProposeTo(client, common, command);
  if (!proposal.ok()) {
    err << InputErrorLine(verb, proposal.status()) << "\n";
    return kExitInvalidInput;
  }
  const bool read = command.operation() == v1::OPERATION_GET;
  const CallOutcome outcome = {proposal->result.status, proposal->result.sent, !read,
                               proposal->result.refused};
  if (!outcome.status.ok()) {
    const bool all_tried = !common.replica && absl::IsUnavailable(outcome.status) &&
                           (!outcome.sent || outcome.refused);
    const std::string who = all_tried ? "" : Describe(client.endpoints()[proposal->endpoint]);
    err << ErrorLine(verb, who, outcome) << "\n";
    return ExitCodeOf(outcome);
  }
  const v1::ProposeReply& reply = proposal->result.reply;
  const std::string no = No(command, reply.results(0));
  if (common.json()) {
    out << JsonAnswer(command, reply) << "\n";
  } else if (no.empty()) {
    out << TextAnswer(command, reply.results(0), encoding) << "\n";
  }
  if (!no.empty()) err << no << "\n";
  return no.empty() ? kExitOk : kExitNo;
}

}  // namespace althing
