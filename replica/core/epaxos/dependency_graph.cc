#include "replica/core/epaxos/dependency_graph.h"

#include <algorithm>
#include <utility>

#include "replica/core/check.h"
#include "replica/core/planted.h"

namespace althing {

void DependencyGraph::OnCommitted(InstanceId id) {
  ready_.push_back(id);
  Wake(waiting_for_commit_, id);
  Wake(waiting_for_payload_, id);
}

void DependencyGraph::OnPayloadKnown(InstanceId id) { Wake(waiting_for_payload_, id); }

void DependencyGraph::Wake(Waiters& waiters, InstanceId id) {
  const auto it = waiters.find(id);
  if (it == waiters.end()) return;
  ready_.insert(ready_.end(), it->second.begin(), it->second.end());
  waiters.erase(it);
}

bool DependencyGraph::Run(uint64_t budget, const Execute& execute, Stats& stats) {
  work_left_ = budget;
  while (work_left_ > 0) {
    if (frames_.empty()) {
      if (ready_.empty()) return true;
      const InstanceId root = ready_.front();
      ready_.pop_front();
      --work_left_;
      if (IsGone(root)) continue;
      const Instance* instance = space_.Find(root);
      CHECK(instance != nullptr && instance->committed());
      if (instance->executed) continue;
      ++stats.candidates;
      StartWalk(root);
      if (!Enter(root, stats)) continue;
    }
    while (!frames_.empty() && work_left_ > 0) {
      if (!Advance(execute, stats)) break;
    }
    if (frames_.empty()) EndWalk();
  }
  return frames_.empty() && ready_.empty();
}

void DependencyGraph::StartWalk(InstanceId root) {
  root_ = root;
  next_order_ = 1;
}

bool DependencyGraph::Resolved(const Obstacle& obstacle) const {
  if (IsGone(obstacle.id)) return true;
  const Instance* instance = space_.Find(obstacle.id);
  if (instance == nullptr) return false;
  return obstacle.payload_only ? instance->known() : instance->committed();
}

bool DependencyGraph::FindUnknown(const Instance& instance, Obstacle* obstacle) const {
  for (uint8_t r = 0; r < kMembersMax; ++r) {
    const Slot known = space_.column(MemberIndex{r}).known;
    if (known < instance.deps[MemberIndex{r}]) {
      *obstacle = {{known + 1, MemberIndex{r}}, true};
      return true;
    }
  }
  return false;
}

bool DependencyGraph::Enter(InstanceId id, Stats& stats) {
  if (const auto it = blocked_on_.find(id); it != blocked_on_.end()) {
    const Obstacle obstacle = it->second;
    if (!Resolved(obstacle)) {
      BlockBehind(id, obstacle);
      return false;
    }
    blocked_on_.erase(it);
  }
  const Instance& instance = *space_.Find(id);
  const uint32_t order = next_order_++;
  const size_t first_edge = edges_.size();
  component_.push_back(id);
  nodes_[id] = {order, true};
  frames_.push_back({id, order, order, first_edge, first_edge});
  if (instance.value == Value::kNoop) return true;

  if (Obstacle unknown; !Planted(Bug::kExecuteOverUnknown) && FindUnknown(instance, &unknown)) {
    BlockOn(unknown);
    return false;
  }
  for (const KeyAccess& access : instance.payload->keys) {
    for (uint8_t r = 0; r < kMembersMax; ++r) {
      const Slot upto = instance.deps[MemberIndex{r}];
      const Slot executed = space_.column(MemberIndex{r}).executed;
      if (upto > executed) index_.AppendConflicts(access, MemberIndex{r}, executed, upto, edges_);
    }
  }
  const uint64_t found = edges_.size() - first_edge;
  stats.edges += found;
  work_left_ -= std::min(work_left_, found);
  return true;
}

bool DependencyGraph::Advance(const Execute& execute, Stats& stats) {
  Frame& frame = frames_.back();
  if (frame.next_edge < edges_.size()) {
    const InstanceId to = edges_[frame.next_edge++];
    if (IsGone(to)) return true;  // Between two slices of this walk.
    const Instance& target = *space_.Find(to);
    if (target.executed) return true;
    if (!target.committed()) {
      BlockOn({to, false});
      return false;
    }
    if (target.value == Value::kNoop) return true;
    if (const auto it = nodes_.find(to); it != nodes_.end()) {
      if (it->second.on_stack) frame.low_link = std::min(frame.low_link, it->second.order);
      return true;
    }
    return Enter(to, stats);
  }
  const Frame done = frame;
  edges_.resize(done.first_edge);
  frames_.pop_back();
  if (!frames_.empty()) {
    frames_.back().low_link = std::min(frames_.back().low_link, done.low_link);
  }
  if (work_left_ > 0) --work_left_;
  if (done.low_link == done.order) FinishComponent(done.id, execute, stats);
  return true;
}

void DependencyGraph::FinishComponent(InstanceId head, const Execute& execute, Stats& stats) {
  auto first = component_.end();
  do {
    --first;
  } while (*first != head);
  std::vector<InstanceId> members(first, component_.end());
  component_.erase(first, component_.end());
  if (!Planted(Bug::kComponentUnsorted)) std::sort(members.begin(), members.end());
  stats.component_sizes.push_back(members.size());
  uint64_t work = 0;
  for (const InstanceId id : members) {
    Instance& instance = *space_.Find(id);
    CHECK(!instance.executed);
    execute(id, instance);
    work += 1 + (instance.value == Value::kPayload ? instance.payload->commands : 0);
    space_.Executed(id, instance);
    blocked_on_.erase(id);
    nodes_.erase(id);
    Wake(waiting_for_execution_, id);
  }
  work_left_ -= std::min(work_left_, work);
}

void DependencyGraph::BlockOn(const Obstacle& obstacle) {
  // Everything on Tarjan's stack reaches the top frame, and so the obstacle.
  for (const InstanceId id : component_) blocked_on_[id] = obstacle;
  Waiters& waiters = obstacle.payload_only ? waiting_for_payload_ : waiting_for_commit_;
  waiters[obstacle.id].push_back(root_);
  EndWalk();
}

void DependencyGraph::BlockBehind(InstanceId via, const Obstacle& obstacle) {
  for (const InstanceId id : component_) blocked_on_[id] = obstacle;
  // A root that is itself known to be blocked was reached by another root, whose walk will run it.
  if (via != root_) waiting_for_execution_[via].push_back(root_);
  EndWalk();
}

void DependencyGraph::EndWalk() {
  frames_.clear();
  edges_.clear();
  component_.clear();
  nodes_.clear();
}

}  // namespace althing
