#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "client/commands/chosen.h"
#include "client/commands/debug_command.h"
#include "client/report/explanation.h"
#include "client/report/instance_name.h"

namespace althing {
namespace {

absl::StatusOr<v1::ExplainRequest> MakeRequest(const ExplainOptions& options) {
  v1::ExplainRequest request;
  if (options.instance.has_value()) {
    const absl::StatusOr<v1::InstanceId> id = ParseInstance(*options.instance);
    if (!id.ok()) return id.status();
    *request.mutable_instance() = *id;
    request.set_partition(options.partition);
    return request;
  }
  const absl::StatusOr<std::string> key = Decode(options.encoding, "KEY", *options.key);
  if (!key.ok()) return key.status();
  if (key->empty()) return absl::InvalidArgumentError("the key is empty. Give it a byte");
  request.set_key(*key);
  return request;
}

// Nothing is known of an instance that was not even mentioned.
bool KnowsSomething(const v1::ExplainReply& reply, bool of_key) {
  const bool instances = std::any_of(reply.instances().begin(), reply.instances().end(),
                                     [](const v1::InstanceView& view) { return view.mentioned(); });
  return instances || (of_key && reply.proposals_waiting() > 0);
}

}  // namespace

ExitCode RunExplain(AdminClient& client, const CommonOptions& common, const ExplainOptions& options,
                    std::ostream& out, std::ostream& err) {
  const absl::StatusOr<v1::ExplainRequest> request = MakeRequest(options);
  const absl::StatusOr<std::vector<size_t>> chosen = ChosenEndpoints(client, common);
  for (const absl::Status& status : {request.status(), chosen.status()}) {
    if (status.ok()) continue;
    err << InputErrorLine("explain", status) << "\n";
    return kExitInvalidInput;
  }
  const auto results = client.Explain(*chosen, *request, common.timeout);
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  bool known = false;
  for (size_t i = 0; i < chosen->size(); ++i) {
    if (!results[i].status.ok()) continue;
    const v1::ExplainReply& reply = results[i].reply;
    known = known || KnowsSomething(reply, request->has_key());
    all.push_back(ExplanationJson(reply));
    if (common.json()) continue;
    out << Describe(client.endpoints()[(*chosen)[i]]) << ", partition " << reply.partition()
        << ":\n"
        << ExplanationText(reply);
  }
  if (common.json()) out << nlohmann::ordered_json{{"replicas", all}}.dump() << "\n";
  const ExitCode code = PrintFailures("explain", client, *chosen, results, err);
  if (known || all.empty()) return code;
  err << "explain: nothing is known of it";
  // Of a key no trace is left then; an instance has a name that tells it.
  if (request->has_key()) err << ", or all replicas have executed whatever touched it";
  err << ".";
  if (request->has_key() && ParseInstance(*options.key).ok()) {
    err << " An instance is named with --instance " << *options.key << ".";
  }
  err << "\n";
  return kExitNo;
}

}  // namespace althing
