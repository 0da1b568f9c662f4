// The part of Cluster that makes members, and makes them anew.
#include "replica/core/check.h"
#include "tests/sim/cluster.h"

namespace althing::sim {

void Cluster::Start(int at) {
  Replica& replica = replicas_[size(at)];
  replica.core = std::make_unique<ReplicaCore>(CoreOptionsOf(at));
  if (!options_.restartable) return;
  CHECK(options_.partitions == 1);
  for (const pb::Record& record : replica.log) CHECK(replica.core->Restore(record).ok());
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

}  // namespace althing::sim
