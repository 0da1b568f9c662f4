// What the parts of one partition's protocol share: the instances, and the output of the step under
// way.
#ifndef ALTHING_REPLICA_CORE_EPAXOS_STATE_H_
#define ALTHING_REPLICA_CORE_EPAXOS_STATE_H_

#include <string>

#include "replica/core/core_options.h"
#include "replica/core/epaxos/conflict_index.h"
#include "replica/core/epaxos/dependency_graph.h"
#include "replica/core/epaxos/instance_space.h"
#include "replica/core/planted.h"
#include "replica/core/protocol.h"
#include "replica/core/random.h"

namespace althing {

// Owned by Epaxos, borrowed by Coordinator and CatchUp.
struct State {
  explicit State(const CoreOptions& core_options);

  MemberIndex self() const { return options.self; }
  int n() const { return options.quorums.n(); }
  MemberSet others() const { return options.quorums.all() - MemberSet::Of(self()); }
  bool Durable(LogPosition position) const { return position <= durable; }

  // Appends a record and returns its position.
  LogPosition Append(pb::Record record);
  void Send(MemberSet to, pb::Envelope envelope, LogPosition after, bool announces = false);
  void Emit(Event::Kind kind, InstanceId id, uint64_t value, std::string text = {});

  // Gives the instance its payload: indexes it and wakes what waits for it. REQUIRES: it has none.
  void SetPayload(InstanceId id, Instance& instance, Payload payload);
  // Adds to this replica's vote on another's instance what it has forgotten: in a restart, or with
  // all others.
  void AddForgotten(InstanceId id, Deps& vote) const;
  // Someone spoke of all instances that `deps` covers.
  void Saw(const Deps& deps);

  // As many as a decision needs can be reached.
  bool HasQuorum() const { return reachable.Size() >= options.quorums.slow_size(); }

  // What earlier runs may have begun and forgotten is decided and executed: own instances of this
  // one may begin.
  bool Resumed() const { return space.column(self()).executed >= floors[self()]; }

  // A timer's next period: doubled up to the maximum, with up to a quarter of jitter.
  uint64_t NextInterval(uint64_t interval);

  const CoreOptions options;
  InstanceSpace space;
  ConflictIndex index;
  DependencyGraph graph;
  Random random;

  // By coordinator: slots up to there may have been used before its last start, and forgotten. Of
  // this replica as its log says, of the others as they tell. Each vote of this replica depends on
  // its own floor, as if it remembered: a recoverer concludes from a vote without an instance that
  // the instance was begun later (docs/protocol.md, 4).
  Deps floors;
  // All members have executed these slots for good, as far as this replica knows: their cells are
  // not needed any more, no message makes new ones, and nothing that is still undecided was decided
  // before them (docs/protocol.md, 11).
  Deps everywhere;
  // All members know that of these: the conflict index forgets them, and votes hold them all
  // instead.
  Deps forgotten;
  bool Collected(InstanceId id) const {
    const bool planted =
        Planted(Bug::kTruncatedTooEarly) && id.slot <= space.column(id.coordinator).executed;
    return everywhere.Covers(id) || planted;
  }
  // What heartbeats tell of that, at a pace of its own: how far this replica has executed, for
  // good, and `everywhere`.
  struct Marks {
    Deps applied, everywhere;
    bool operator==(const Marks&) const = default;
  };
  Marks told;

  // This run may be followed by another: of its own slots those count as unused of which the log
  // does not know.
  bool restartable = false;

  MemberSet reachable;   // Peers that PeerStatus named reachable, and this replica.
  LogPosition appended;  // The last record's position.
  LogPosition durable;   // As Flushed told.

  // Of the step under way.
  LogicalTime now;
  Output* output = nullptr;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_EPAXOS_STATE_H_
