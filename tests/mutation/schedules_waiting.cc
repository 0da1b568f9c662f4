#include "tests/mutation/schedules.h"
#include "tests/mutation/stage.h"

namespace althing::sim {

using E = pb::Envelope;

namespace {

const InstanceId kA = Id(0, 1);
const InstanceId kB = Id(1, 1);

// A has the votes of 2 and 4, B that of 3. 2 recovers A with 4 and 1, where it finds B: 1 may be
// the one that was not asked for A, so 2 waits for B.
void WaitForB(Stage& s) {
  s.Append(0, "A");
  for (const int m : {2, 4}) s.One(E::kPreAccept, kA, 0, m);
  s.Append(1, "B");
  s.One(E::kPreAccept, kB, 1, 3);
  s.cluster.Drop();
  for (const int m : {0, 1, 4}) s.cluster.StopClock(m, true);
}

Cluster::Options TwoThatNeedEachOther() { return Asking(5, {{0, {0, 1, 4}}, {1, {1, 2, 3}}}); }

bool Waiting(Stage& s, InstanceId id, int by, const std::vector<int>& quorum) {
  return s.Only(RecoveryOf(id, by, quorum), [&] { return s.Waits(E::kWaiting, id, by); });
}

}  // namespace

// 3 recovers B with 4 and 0, finds A and waits too. It tells who voted for B without A: 3 and 1.
// With both of them against it A was not decided, and 2 needs to hear nothing else.
std::string HearsWhoVotedForTheOther() {
  Stage s(TwoThatNeedEachOther());
  WaitForB(s);
  if (!Waiting(s, kB, 3, {0, 3, 4})) return "3 does not wait for A";
  if (!Waiting(s, kA, 2, {1, 2, 4})) return "2 does not wait for B";
  const auto ended = [&] { return s.Waits(E::kAccept, kA, 2); };
  if (!s.Only(OfType(E::kWaiting) && From(3) && To(2), ended, 100)) {
    return "delay: 2 waits although it has heard enough";
  }
  for (const int m : {0, 1, 4}) s.cluster.StopClock(m, false);
  return s.Heal();
}

// While 2 waits, 0 answers at last: it has not decided A.
std::string HearsItsCoordinatorLate() {
  Stage s(TwoThatNeedEachOther());
  WaitForB(s);
  if (!Waiting(s, kA, 2, {1, 2, 4})) return "2 does not wait for B";
  const auto ended = [&] { return s.Waits(E::kAccept, kA, 2); };
  if (!s.Only(RecoveryOf(kA, 2, {0, 2}), ended, 100)) {
    return "delay: 2 waits although the coordinator has denied A";
  }
  for (const int m : {0, 1, 4}) s.cluster.StopClock(m, false);
  return s.Heal();
}

// 1 decides B with 3 and 4, who had not heard of A. 2 waits for B to see just that.
std::string TheOtherIsDecidedWithoutIt() {
  Stage s(Asking(5, {{0, {0, 2, 3}}, {1, {0, 1, 2}}}));
  s.Append(1, "B");
  for (const int m : {3, 4}) s.One(E::kPreAccept, kB, 1, m);
  s.Append(0, "A");
  s.One(E::kPreAccept, kA, 0, 2);
  const auto answers = OfType(E::kPreAcceptOk) && Of(kB);
  s.cluster.Drop(Not(answers));
  s.cluster.Crash(0);
  for (const int m : {1, 3, 4}) s.cluster.StopClock(m, true);
  if (!s.Only(Either(answers && From(9), RecoveryOf(kA, 2, {1, 2, 4})),
              [&] { return s.Waits(E::kWaiting, kA, 2); })) {
    return "2 does not wait for B";
  }
  s.cluster.StopClock(1, false);
  s.Only(Of(kB) && Among({1, 3, 4}), [&] { return s.Decided(1, kB); });
  for (const int m : {3, 4}) s.cluster.StopClock(m, false);
  return s.Heal();
}

}  // namespace althing::sim
