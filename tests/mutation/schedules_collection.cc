#include "tests/mutation/schedules.h"
#include "tests/mutation/stage.h"

namespace althing::sim {

using E = pb::Envelope;

namespace {

// Everybody is asked, and tells at each tick how far it has come.
Cluster::Options AskingAndTelling(int n) {
  Cluster::Options options = Asking(n);
  options.collect_ticks = 1;
  return options;
}

}  // namespace

// Of three: B of 0 is on its way to 1 when 1 and 2 decide A without it. All execute A, and 1 hears
// that all have; 2 does not. Then B comes to 1. If 1 had forgotten that A conflicts with it, 0
// would decide B with 1's vote, and die; and 2, which still has A, would find that B cannot have
// been.
std::string VotesOnWhatIsOlderThanItsMemory() {
  Stage s(AskingAndTelling(3));
  const InstanceId b = Id(0, 1), a = Id(1, 1);
  s.Append(0, "B");
  const std::vector<Message> late = s.Take(OfType(E::kPreAccept) && Of(b) && To(1));
  s.cluster.Drop();
  s.Append(1, "A");
  s.One(E::kPreAccept, a, 1, 2);
  s.One(E::kPreAcceptOk, a, 2, 1);
  for (const int m : {0, 2}) s.One(E::kCommit, a, 1, m);
  s.cluster.Drop();
  if (!s.Only(OfType(E::kHeartbeat) && To(1), [&] { return s.cluster.held(1).instances == 0; })) {
    return "no message passes: 1 never hears that all have executed A";
  }
  s.cluster.Inject(late.at(0));
  s.One(E::kPreAccept, b, 0, 1);
  s.One(E::kPreAcceptOk, b, 1, 0);
  s.cluster.Drop();
  s.cluster.Crash(0);
  s.cluster.StopClock(1, true);
  s.Append(2, "C");
  return s.Heal();
}

// Of five: B of 0 has the vote of 2, of its fast quorum {0 1 2}, and is on its way to 1 when 1, 3
// and 4 decide A without it. 2 recovers B with 3 and 4: A speaks against it, so they decide that it
// is a noop, which neither 0 nor 1 hears. All execute A, all hear that all know it, and the index
// forgets A everywhere. Then B comes to 1, whose vote is the last that 0 needs.
std::string VotesOnWhatIsOlderThanEverybodysMemory() {
  Stage s(AskingAndTelling(5));
  const InstanceId b = Id(0, 1), a = Id(3, 1);
  s.Append(0, "B");
  s.One(E::kPreAccept, b, 0, 2);
  s.One(E::kPreAcceptOk, b, 2, 0);
  const std::vector<Message> late = s.Take(OfType(E::kPreAccept) && Of(b) && To(1));
  s.cluster.Drop();
  s.Append(3, "A");
  s.Only(Of(a) && Among({1, 3, 4}), [&] { return s.Decided(3, a); });
  for (const int m : {0, 1, 2, 4}) s.One(E::kCommit, a, 3, m);
  s.cluster.Drop();
  if (!s.Only(RecoveryOf(b, 2, {2, 3, 4}), [&] { return s.Decided(2, b); })) {
    return "no message passes: 2 never decides B";
  }
  s.cluster.Drop();
  const Filter news = Either(OfType(E::kHeartbeat), OfType(E::kHeartbeatEcho));
  if (!s.Only(
          news, [&] { return s.cluster.held(1).keys == 0; }, 25)) {
    return "no message passes: 1 never hears that all know that all have executed A";
  }
  s.cluster.Inject(late.at(0));
  s.One(E::kPreAccept, b, 0, 1);
  s.One(E::kPreAcceptOk, b, 1, 0);
  return s.Heal();
}

}  // namespace althing::sim
