// The part of Cluster that makes members, and makes them anew.
#include <algorithm>

#include "replica/core/check.h"
#include "tests/sim/cluster.h"
#include "tests/sim/draw.h"

namespace althing::sim {

void Cluster::Start(int at) {
  Replica& replica = replicas_[size(at)];
  replica.core = std::make_unique<ReplicaCore>(CoreOptionsOf(at));
  if (!options_.restartable) return;
  CHECK(options_.partitions == 1);
  for (const pb::CheckpointPiece& piece : replica.checkpoint) {
    CHECK(replica.core->RestoreCheckpoint(piece).ok());
  }
  for (const pb::Record& record : replica.log) CHECK(replica.core->Restore(record).ok());
  CHECK(replica.core->EndRestore().ok());
  const PartitionId partition{0};
  Step(at, partition, BeginRun{});
  SetDurable(at, partition);
  EndTurn(at, partition);
}

void Cluster::CutShort(int at) {
  CHECK(options_.restartable && alive(at));
  Replica& replica = replicas_[size(at)];
  const auto begin = replica.records.begin() + static_cast<std::ptrdiff_t>(replica.run_begin);
  replica.log.insert(replica.log.end(), begin,
                     begin + static_cast<std::ptrdiff_t>(replica.durable[0]));
  replica.run_begin = replica.records.size();
  if (!replica.checkpoint.empty()) {
    const uint64_t log_from = replica.checkpoint.back().log_from();
    const auto kept = std::ranges::find_if(replica.log, [&](const pb::Record& record) {
      return record.has_checkpoint() && record.checkpoint().number() == log_from;
    });
    if (kept != replica.log.end()) replica.log.erase(replica.log.begin(), kept);
  }
  replica.taking.clear();
  replica.appended.clear();
  replica.durable.clear();
  replica.held.clear();
  replica.next_tick.clear();
  replica.disk_stopped = false;
  flush_checks_[0].OnStarted(at);
  const auto tell = [&](bool reachable) {
    for (int i = 0; i < options_.n; ++i) {
      if (i == at || !alive(i)) continue;
      SetReachable(i, at, reachable);
      if (reachable) SetReachable(at, i, true);
    }
  };
  tell(false);
  Start(at);
  tell(true);
}

void Cluster::NoteExecuted(int at, InstanceId id) {
  When& when = when_[id];
  if (when.executed_by.Has(Member(at))) return;
  when.executed_by.Add(Member(at));
  when.executed_last = steps_;
}

void Cluster::TakeCheckpoint(int at) {
  CHECK(options_.restartable && alive(at));
  Replica& replica = replicas_[size(at)];
  const PartitionId partition{0};
  replica.taking.clear();
  Step(at, partition, BeginCheckpoint{++replica.checkpoints});
  SetDurable(at, partition);
  while (replica.taking.empty() || !replica.taking.back().last()) {
    Step(at, partition, TakeSlice{1});
  }
  replica.checkpoint = replica.taking;
  const pb::CheckpointMarks& marks = replica.checkpoint.front().marks();
  for (int r = 0; r < options_.n; ++r) {
    for (Slot slot = 1; slot <= marks.executed(r); ++slot) NoteExecuted(at, Id(r, slot));
  }
  Step(at, partition, CheckpointDurable{replica.checkpoints});
  EndTurn(at, partition);
}

}  // namespace althing::sim
