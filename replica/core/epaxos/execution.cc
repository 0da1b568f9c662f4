// The part of Epaxos behind a commit: running what the graph releases, answering, proposing what
// waits.
#include <utility>

#include "replica/core/check.h"
#include "replica/core/epaxos/epaxos.h"
#include "replica/core/partition_map.h"

namespace althing {
namespace {

// Nodes and edges looked at and commands executed in one step: a few milliseconds at most.
constexpr uint64_t kGraphWorkPerStep = 10'000;

}  // namespace

void Epaxos::RunGraph() {
  if (!graph_has_work_ || !quarantine_.empty()) {
    graph_has_work_ = false;
    return;
  }
  DependencyGraph::Stats stats;
  graph_has_work_ = !state_.graph.Run(
      kGraphWorkPerStep,
      [this](InstanceId id, Instance& instance) { ExecuteInstance(id, instance); }, stats);
  if (stats.edges > 0) state_.Emit(Event::Kind::kGraphEdges, {}, stats.edges);
  if (stats.candidates > 0) state_.Emit(Event::Kind::kExecutionCandidate, {}, stats.candidates);
  for (const uint64_t size : stats.component_sizes) {
    state_.Emit(Event::Kind::kComponent, {}, size);
  }
}

void Epaxos::ExecuteInstance(InstanceId id, Instance& instance) {
  if (instance.value == Value::kPayload) ExecutePayload(id, instance);
  if (id.coordinator != state_.self()) return;
  const auto it = requests_.find(id.slot);
  CHECK(it != requests_.end());
  const std::vector<RequestId> requests = std::move(it->second);
  requests_.erase(it);
  window_.Finished(instance.payload->keys);
  if (instance.value == Value::kNoop) ResubmitAfterNoop(instance, requests);
}

void Epaxos::ExecutePayload(InstanceId id, const Instance& instance) {
  const std::vector<RequestId>* requests = nullptr;
  if (id.coordinator == state_.self()) requests = &requests_.at(id.slot);
  CommandReader reader(instance.payload->bytes);
  size_t position = 0;
  for (CommandView command; reader.Next(&command); ++position) {
    pb::ProposeReply result;
    absl::Status status = store_.Apply(command, result);
    if (requests == nullptr) continue;
    ToProto(id, result.mutable_instance());
    state_.output->replies.push_back(
        {requests->at(position), std::move(status), std::move(result), LogPosition{}});
  }
  state_.Emit(Event::Kind::kExecutedCommands, id, position);
}

void Epaxos::StartInstances() {
  if (!quarantine_.empty()) return;
  while (std::optional<Window::Batch> batch = window_.Take()) {
    const InstanceId id = coordinator_.Start(std::move(batch->commands));
    requests_.emplace(id.slot, std::move(batch->requests));
  }
}

void Epaxos::AddToWindow(RequestId request, std::string commands, KeyAccess access) {
  if (!window_.Add({request, std::move(commands), access})) {
    state_.Emit(Event::Kind::kProposedKeyBusy, {}, 1);
  }
}

void Epaxos::ResubmitAfterNoop(const Instance& instance, const std::vector<RequestId>& requests) {
  CommandReader reader(instance.payload->bytes);
  size_t position = 0;
  for (CommandView command; reader.Next(&command); ++position) {
    AddToWindow(requests.at(position), std::string(reader.encoded()),
                {HashKey(command.key, state_.options.hash_seed), command.IsWrite()});
  }
}

void Epaxos::Refuse(RequestId request, absl::Status status) {
  state_.output->replies.push_back({request, std::move(status), {}, LogPosition{}});
}

}  // namespace althing
