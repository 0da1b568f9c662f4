#include "tests/mutation/schedules.h"
#include "tests/mutation/stage.h"

namespace althing::sim {

using E = pb::Envelope;

namespace {

Cluster::Options Restarting(int n, uint32_t window) {
  Cluster::Options options;
  options.n = n;
  options.thrifty = false;
  options.window = window;
  options.restartable = true;
  return options;
}

// Z of member 0 is answered, and of what comes next its disk keeps nothing.
bool FirstAnsweredThenDiskStands(Stage& s) {
  const RequestId z = s.Append(0, "Z");
  const auto all = [](const Message&) { return true; };
  if (!s.Only(all, [&] { return s.Answered(z); })) return false;
  s.cluster.Drop();
  s.cluster.StopDisk(0);
  return true;
}

}  // namespace

// 3 and 4 vote for B, and its coordinator 1 forgets it. Then 1 votes for A; were its vote what 0
// proposed, F = {0 1 2} would have decided A. 2, 3 and 4 take a vote of 1 without B for one from
// before B, and so for impossible.
std::string VotesAfterItForgotItsOwn() {
  Stage s(Restarting(5, 1));
  s.Append(1, "Z");
  const auto all = [](const Message&) { return true; };
  const auto executed = [&] {
    for (int m = 0; m < 5; ++m) {
      if (s.cluster.Count(m, Event::Kind::kExecutedCommands) == 0) return false;
    }
    return true;
  };
  if (!s.Only(all, executed)) return "Z was not executed";
  s.cluster.Drop();
  s.cluster.StopDisk(1);
  s.Append(1, "B");
  for (const int m : {3, 4}) s.One(E::kPreAccept, Id(1, 2), 1, m);
  s.CutShort(1);
  s.cluster.Drop();
  s.Append(0, "A");
  for (const int m : {1, 2}) s.One(E::kPreAccept, Id(0, 1), 0, m);
  for (const int m : {1, 2}) s.One(E::kPreAcceptOk, Id(0, 1), m, 0);
  s.cluster.Drop();
  for (const int m : {0, 1}) s.cluster.Crash(m);
  s.Append(2, "C");
  return s.Heal();
}

// The others find B dead while its coordinator's disk stands still, and its window of one has room
// again. Were the command told to 1 in slot 3 now, the floor of the next run would not cover it,
// and D would be another command in the same slot.
std::string StartsMoreThanAWindowBeforeTheDisk() {
  Stage s(Restarting(3, 1));
  if (!FirstAnsweredThenDiskStands(s)) return "Z was not answered";
  const InstanceId b = Id(0, 2), next = Id(0, 3);
  s.Append(0, "B");
  for (const int m : {1, 2}) s.cluster.SetReachable(m, 0, false);
  // All that is heard of B is that there is a second slot.
  pb::Envelope news;
  news.mutable_heartbeat()->set_highest_own(2);
  s.cluster.Inject({MemberIndex{0}, MemberIndex{1}, news});
  const auto recovery = Either(
      Among({1, 2}), Either(OfType(E::kHeartbeat) && To(1), OfType(E::kCommit) && Of(b) && To(0)));
  if (!s.Only(recovery, [&] { return s.Decided(0, b); })) return "B was not decided";
  if (s.Waits(E::kPreAccept, next, 0)) s.One(E::kPreAccept, next, 0, 1);
  for (const int m : {1, 2}) s.cluster.SetReachable(m, 0, true);
  s.CutShort(0);
  s.cluster.Drop();
  s.Append(1, "D");
  s.Append(0, "E");
  return s.Heal();
}

// 1 votes for A and forgets its vote. B is decided by 1 and 2, without A.
std::string TheVoteIsLost() {
  Stage s(Restarting(3, 1));
  s.cluster.StopDisk(1);
  s.Append(0, "A");
  s.One(E::kPreAccept, Id(0, 1), 0, 1);
  if (s.Waits(E::kPreAcceptOk, Id(0, 1), 1)) s.One(E::kPreAcceptOk, Id(0, 1), 1, 0);
  s.CutShort(1);
  s.cluster.Drop();
  s.Append(1, "B");
  s.One(E::kPreAccept, Id(1, 1), 1, 2);
  s.One(E::kPreAcceptOk, Id(1, 1), 2, 1);
  s.cluster.Drop();
  return s.Heal();
}

// 0 and 2, who are not F, decide A, and 0 forgets that they did. With 2 gone nobody can tell.
std::string TheDecisionIsLost() {
  Stage s(Restarting(3, 1));
  s.Append(0, "A");
  s.One(E::kPreAccept, Id(0, 1), 0, 2);
  s.cluster.StopDisk(0);
  s.One(E::kPreAcceptOk, Id(0, 1), 2, 0);
  s.CutShort(0);
  s.cluster.Drop();
  s.cluster.Crash(2);
  s.Append(1, "B");
  return s.Heal();
}

// 0 decides A with 1, forgets A as a whole, and denies it when it is recovered.
std::string TheOwnVoteIsLost() {
  Stage s(Restarting(3, 1));
  if (!FirstAnsweredThenDiskStands(s)) return "Z was not answered";
  s.Append(0, "A");
  s.One(E::kPreAccept, Id(0, 2), 0, 1);
  s.One(E::kPreAcceptOk, Id(0, 2), 1, 0);
  s.cluster.Drop();
  s.CutShort(0);
  s.Append(1, "B");
  return s.Heal();
}

// 1 knows of B, so A is decided slowly, by 0 and by what 1 has accepted and forgets.
std::string TheAcceptedValueIsLost() {
  Stage s(Restarting(3, 1));
  s.Append(2, "B");
  s.One(E::kPreAccept, Id(2, 1), 2, 1);
  s.cluster.Drop();
  s.Append(0, "A");
  s.One(E::kPreAccept, Id(0, 1), 0, 1);
  s.One(E::kPreAcceptOk, Id(0, 1), 1, 0);
  for (int tick = 0; tick < 100 && !s.Waits(E::kAccept, Id(0, 1), 0); ++tick) s.cluster.Advance(1);
  s.cluster.StopDisk(1);
  s.One(E::kAccept, Id(0, 1), 0, 1);
  if (s.Waits(E::kAcceptOk, Id(0, 1), 1)) s.One(E::kAcceptOk, Id(0, 1), 1, 0);
  s.cluster.Drop();
  s.CutShort(1);
  s.cluster.Crash(0);
  s.Append(1, "C");
  return s.Heal();
}

// 1 asks 2 to give ballot 0 of A up; 2, which has no vote, does, and forgets that it did. It votes
// for A then, and 0 decides with it. 1 takes what 2 said for a promise.
std::string ThePromiseIsLost() {
  Stage s(Restarting(3, 1));
  const InstanceId a = Id(0, 1);
  s.Append(0, "A");
  const auto pre_accepts = s.Take(OfType(E::kPreAccept) && To(2));
  s.cluster.StopDisk(2);
  const Filter news = OfType(E::kHeartbeat) && From(0) && To(1);
  const Filter question = OfType(E::kRecover) && From(1) && To(2);
  if (!s.Only(Either(news, question), [&] { return s.BallotOf(2, a) > 0; })) {
    return "1 has not recovered A";
  }
  if (s.Waits(E::kRecoverOk, a, 2)) s.One(E::kRecoverOk, a, 2, 1);
  const auto accepts = s.Take(OfType(E::kAccept) && To(2));
  s.CutShort(2);
  s.cluster.Drop();
  for (const Message& pre_accept : pre_accepts) s.cluster.Inject(pre_accept);
  s.One(E::kPreAccept, a, 0, 2);
  s.One(E::kPreAcceptOk, a, 2, 0);
  s.cluster.Drop();
  for (const Message& accept : accepts) s.cluster.Inject(accept);
  if (!accepts.empty()) {
    s.One(E::kAccept, a, 1, 2);
    s.One(E::kAcceptOk, a, 2, 1);
  }
  return s.Heal();
}

// 1 knows of B, so 0 decides A slowly, behind B, with 1 and with what it has accepted itself and
// forgets. Asked again, 0 and 2 know of A as it was proposed.
std::string TheOwnAcceptedValueIsLost() {
  Stage s(Restarting(3, 1));
  const InstanceId a = Id(0, 1);
  s.Append(1, "B");
  s.cluster.Drop();
  s.Append(0, "A");
  s.One(E::kPreAccept, a, 0, 1);
  s.cluster.StopDisk(0);
  s.One(E::kPreAcceptOk, a, 1, 0);
  for (int tick = 0; tick < 100 && !s.Waits(E::kAccept, a, 0); ++tick) s.cluster.Advance(1);
  s.One(E::kAccept, a, 0, 1);
  s.One(E::kAcceptOk, a, 1, 0);
  if (s.Waits(E::kCommit, a, 0)) s.One(E::kCommit, a, 0, 1);
  s.cluster.Drop();
  s.CutShort(0);
  for (const int m : {1, 2}) s.cluster.StopClock(m, true);
  if (!s.Only(RecoveryOf(a, 0, {0, 2}), [&] { return s.Waits(E::kCommit, a, 0); })) {
    return "0 has not recovered A";
  }
  for (const int m : {1, 2}) s.cluster.StopClock(m, false);
  return s.Heal();
}

// 3 recovers A, which 0 and 1 voted for, and has 1 accept it; and forgets that it has registered A.
// It votes for B then, without A, as 2 and 4 do, who have not heard of A.
std::string TheOwnRegistrationIsLost() {
  Stage s(Restarting(5, 1));
  const InstanceId a = Id(0, 1), b = Id(2, 1);
  s.Append(0, "A");
  s.One(E::kPreAccept, a, 0, 1);
  s.cluster.Drop();
  s.CutShort(0);
  for (const int m : {0, 1, 2, 4}) s.cluster.StopClock(m, true);
  pb::Envelope news;
  news.mutable_heartbeat()->set_highest_own(1);
  s.cluster.Inject({MemberIndex{0}, MemberIndex{3}, news});
  const Filter question = OfType(E::kRecover) && From(3) && Among({0, 1, 3});
  const auto both_answer = [&] {
    return s.Waits(E::kRecoverOk, a, 0) && s.Waits(E::kRecoverOk, a, 1);
  };
  if (!s.Only(Either(OfType(E::kHeartbeat) && To(3), question), both_answer)) {
    return "3 has not asked";
  }
  s.cluster.StopDisk(3);
  for (const int m : {0, 1}) s.One(E::kRecoverOk, a, m, 3);
  if (s.Waits(E::kValidate, a, 3)) {
    for (const int m : {0, 1}) s.One(E::kValidate, a, 3, m);
    for (const int m : {0, 1}) s.One(E::kValidateOk, a, m, 3);
    s.One(E::kAccept, a, 3, 1);
  }
  s.CutShort(3);
  s.cluster.Drop();
  s.Append(2, "B");
  for (const int m : {3, 4}) s.One(E::kPreAccept, b, 2, m);
  for (const int m : {3, 4}) s.One(E::kPreAcceptOk, b, m, 2);
  s.cluster.Drop();
  for (const int m : {0, 4}) s.cluster.Crash(m);
  for (const int m : {1, 2}) s.cluster.StopClock(m, false);
  s.Append(1, "C");
  return s.Heal();
}

// 3 and 4 accept B, which 0 proposes on their votes and on its own, and forgets. A is recovered
// with 0, which knows of no conflict, and B from 3 and 4, who know of none either.
std::string TheOwnVoteOfASlowRoundIsLost() {
  Stage s(Restarting(5, 1));
  if (!FirstAnsweredThenDiskStands(s)) return "Z was not answered";
  const InstanceId b = Id(0, 2), a = Id(1, 1);
  s.Append(0, "B");
  for (const int m : {3, 4}) s.One(E::kPreAccept, b, 0, m);
  for (const int m : {3, 4}) s.One(E::kPreAcceptOk, b, m, 0);
  for (int tick = 0; tick < 100 && !s.Waits(E::kAccept, b, 0); ++tick) s.cluster.Advance(1);
  if (s.Waits(E::kAccept, b, 0)) {
    for (const int m : {3, 4}) s.One(E::kAccept, b, 0, m);
  }
  s.CutShort(0);
  s.cluster.Drop();
  s.Append(1, "A");
  s.One(E::kPreAccept, a, 1, 2);
  s.cluster.Drop();
  s.CutShort(1);
  for (const int m : {0, 1, 3, 4}) s.cluster.StopClock(m, true);
  if (!s.Only(RecoveryOf(a, 2, {0, 1, 2}), [&] { return s.Decided(2, a); })) {
    return "2 has not recovered A";
  }
  s.cluster.StopClock(3, false);
  // What was not accepted waits for the outcome of A.
  s.Only(
      RecoveryOf(b, 3, {1, 3, 4}), [&] { return s.Decided(3, b); }, 100);
  for (const int m : {0, 1, 4}) s.cluster.StopClock(m, false);
  return s.Heal();
}

// F = {0 1 2} decides A, and 0 answers its client and forgets that it did. 2, which recovers A with
// 3 and 4, waits for B, which 3 has proposed. What 0 says then is the vote that it has not lost.
std::string HearsItsRestartedCoordinatorLate() {
  Stage s(Restarting(5, 1));
  const InstanceId a = Id(0, 1), b = Id(3, 1);
  const RequestId asked = s.Append(0, "A");
  for (const int m : {1, 2}) s.One(E::kPreAccept, a, 0, m);
  s.cluster.StopDisk(0);
  for (const int m : {1, 2}) s.One(E::kPreAcceptOk, a, m, 0);
  if (!s.Answered(asked)) return "A was not answered";
  s.CutShort(0);
  s.cluster.Drop();
  s.Append(3, "B");
  s.One(E::kPreAccept, b, 3, 4);
  s.cluster.Drop();
  for (const int m : {0, 1, 3, 4}) s.cluster.StopClock(m, true);
  if (!s.Only(RecoveryOf(a, 2, {2, 3, 4}), [&] { return s.Waits(E::kWaiting, a, 2); })) {
    return "2 does not wait for B";
  }
  s.Only(
      RecoveryOf(a, 2, {0, 2, 3, 4}), [&] { return s.Decided(2, a); }, 20);
  for (const int m : {0, 1, 3, 4}) s.cluster.StopClock(m, false);
  if (std::string wrong = s.Heal(); !wrong.empty()) return wrong;
  return s.Read(1).find('A') == std::string::npos ? "lost: A was answered" : "";
}

// 1 decides B with its F = {1 2} and answers; 0 has proposed A, which conflicts, and 1 voted for
// neither. Then the power fails everywhere, and 2 is gone. Of both, all that is left is that their
// coordinators voted for them: who may have decided without a record of it decides what both
// become.
std::string ATieAfterAPowerCut() {
  Stage s(Restarting(3, 1));
  const RequestId asked = s.Append(1, "B");
  s.One(E::kPreAccept, Id(1, 1), 1, 2);
  s.cluster.StopDisk(1);
  s.One(E::kPreAcceptOk, Id(1, 1), 2, 1);
  if (!s.Answered(asked)) return "B was not answered";
  s.cluster.Drop();
  s.Append(0, "A");
  s.cluster.Drop();
  for (const int m : {0, 1}) s.CutShort(m);
  s.cluster.Crash(2);
  if (std::string wrong = s.Heal(); !wrong.empty()) return wrong;
  return s.Read(0).find('B') == std::string::npos ? "lost: B was answered" : "";
}

}  // namespace althing::sim
