// Committed instances -> execution order: strongly connected components, dependencies first, each
// component by id. Source: docs/protocol.md, 5.1; the component search is Tarjan's, iterative
// and resumable.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_DEPENDENCY_GRAPH_H_
#define ALTHING_REPLICA_CORE_EPAXOS_DEPENDENCY_GRAPH_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "replica/core/epaxos/conflict_index.h"
#include "replica/core/epaxos/instance_space.h"

namespace althing {

// Nodes are committed, unexecuted instances; there is an edge to each instance that `deps` covers,
// that conflicts and that is neither executed nor noop. Driven by events: an instance that cannot
// run waits for one other instance, by id, and is looked at again when that one changes. Nothing
// here polls.
//
// Guarantees:
//  1. An instance is handed to `execute` once, after everything it reaches outside its own
//  component.
//  2. Members of a component are handed over in ascending order of id, without others in between.
//  3. Memory of a walk is proportional to what it reaches, never to the depth of a call stack.
class DependencyGraph {
 public:
  struct Stats {  // Of one Run.
    uint64_t edges = 0;
    uint64_t candidates = 0;
    std::vector<uint64_t> component_sizes;
  };
  // Runs the instance's commands. The graph marks it as executed afterwards.
  using Execute = std::function<void(InstanceId, Instance&)>;

  // Both are borrowed and outlive the graph.
  DependencyGraph(InstanceSpace& space, const ConflictIndex& index)
      : space_(space), index_(index) {}

  // The instance has been committed in the space, and indexed if it has a payload.
  void OnCommitted(InstanceId id);
  // The instance's payload has become known.
  void OnPayloadKnown(InstanceId id);

  // Something decided cannot run before the instance is known, or decided. Holds for one of those
  // that it misses: it is looked at again then.
  bool Blocks(InstanceId id) const {
    return waiting_for_commit_.contains(id) || waiting_for_payload_.contains(id);
  }

  // Executes what can be executed, until about `budget` nodes and edges have been looked at and
  // commands executed. Returns true if nothing is left to look at; else call again.
  bool Run(uint64_t budget, const Execute& execute, Stats& stats);

 private:
  // What a blocked instance waits for.
  struct Obstacle {
    InstanceId id;
    bool payload_only = false;  // Knowing the payload is enough; else it must commit.
  };
  struct Frame {
    InstanceId id;
    uint32_t order;  // Tarjan's index.
    uint32_t low_link;
    size_t next_edge;  // Into edges_.
    size_t first_edge;
  };
  struct Node {
    uint32_t order;
    bool on_stack;
  };

  using Waiters = absl::flat_hash_map<InstanceId, std::vector<InstanceId>>;  // -> roots

  // It was executed, and maybe its cell is freed: what names it may be older than that.
  bool IsGone(InstanceId id) const { return id.slot <= space_.freed(id.coordinator); }
  void Wake(Waiters& waiters, InstanceId id);
  bool Resolved(const Obstacle& obstacle) const;
  // The columns' prefixes cover deps(id)? Else what is missing first.
  bool FindUnknown(const Instance& instance, Obstacle* obstacle) const;
  void StartWalk(InstanceId root);
  // Returns false if the walk is blocked (and thrown away).
  bool Enter(InstanceId id, Stats& stats);
  bool Advance(const Execute& execute, Stats& stats);
  void FinishComponent(InstanceId head, const Execute& execute, Stats& stats);
  // The walk ends: its top frame needs `obstacle`.
  void BlockOn(const Obstacle& obstacle);
  // The walk ends: it has come to `via`, which is known to need `obstacle`.
  void BlockBehind(InstanceId via, const Obstacle& obstacle);
  void EndWalk();

  InstanceSpace& space_;
  const ConflictIndex& index_;

  std::deque<InstanceId> ready_;  // Roots to walk from.
  // Who is looked at again when an instance changes. Every committed, unexecuted instance is ready,
  // or listed here, or reached by one that is.
  Waiters waiting_for_commit_;
  Waiters waiting_for_payload_;
  Waiters waiting_for_execution_;
  // What an instance was last found to wait for. As long as that is unresolved, some root waits for
  // it by commit or payload; those that come to the instance meanwhile wait for the instance's
  // execution, so that a change wakes one walk and not all.
  absl::flat_hash_map<InstanceId, Obstacle> blocked_on_;

  // The walk under way; root_ is 0.0 if there is none.
  InstanceId root_;
  uint64_t work_left_ = 0;
  uint32_t next_order_ = 0;
  std::vector<Frame> frames_;
  std::vector<InstanceId> edges_;      // Of all frames, one behind the other.
  std::vector<InstanceId> component_;  // Tarjan's stack.
  absl::flat_hash_map<InstanceId, Node> nodes_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_DEPENDENCY_GRAPH_H_
