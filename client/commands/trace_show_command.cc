#include <chrono>

#include "absl/strings/str_cat.h"
#include "client/commands/chosen.h"
#include "client/commands/debug_command.h"
#include "client/report/instance_name.h"
#include "client/report/timeline_formats.h"

namespace althing {
namespace {

int64_t MonotonicNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Alone and on a connection that is there, so that the time of the call says much about the clock.
std::vector<ReplicaTrace> AskInTurn(AdminClient& client, const v1::TraceEventsRequest& request,
                                    const std::vector<size_t>& endpoints, absl::Duration timeout) {
  std::vector<ReplicaTrace> traces;
  for (const size_t endpoint : endpoints) {
    const int64_t asked_ns = MonotonicNs();
    auto results = client.TraceEvents({endpoint}, request, timeout);
    if (!results[0].status.ok()) continue;
    traces.push_back({asked_ns, MonotonicNs(), std::move(results[0].reply)});
  }
  return traces;
}

}  // namespace

ExitCode RunTraceShow(AdminClient& client, const CommonOptions& common,
                      const TraceShowOptions& options, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<v1::InstanceId> id = ParseInstance(options.instance);
  const absl::StatusOr<std::vector<size_t>> chosen = ChosenEndpoints(client, common);
  for (const absl::Status& status : {id.status(), chosen.status()}) {
    if (status.ok()) continue;
    err << InputErrorLine("trace show", status) << "\n";
    return kExitInvalidInput;
  }
  v1::TraceEventsRequest request;
  *request.mutable_instance() = *id;
  request.set_partition(options.partition);
  // Makes the connections, and finds out who answers.
  const auto results = client.TraceEvents(*chosen, request, common.timeout);
  const ExitCode code = PrintFailures("trace show", client, *chosen, results, err);
  std::vector<size_t> there;
  for (size_t i = 0; i < chosen->size(); ++i) {
    if (results[i].status.ok()) there.push_back((*chosen)[i]);
  }
  const Timeline timeline =
      MergeTraces(*id, options.partition, AskInTurn(client, request, there, common.timeout));
  if (timeline.events.empty()) {
    if (there.empty()) return code;
    err << "trace show: nobody remembers instance " << options.instance << " of partition "
        << options.partition
        << ". Instances are remembered while the trace is on: client trace --level 1\n";
    return kExitNo;
  }
  if (common.json() || options.format == "chrome") {
    out << TimelineChrome(timeline);
  } else {
    out << (options.format == "mermaid" ? TimelineMermaid(timeline) : TimelineText(timeline));
  }
  return code;
}

}  // namespace althing
