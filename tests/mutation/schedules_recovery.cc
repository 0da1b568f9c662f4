#include "tests/mutation/schedules.h"
#include "tests/mutation/stage.h"

namespace althing::sim {

using E = pb::Envelope;

// 0 decides A with its fast quorum {0 2 3}; nobody hears of it. B of 1 is known to 4 alone, where
// it came first, and to 3, where it came second. Both coordinators crash. Each of the two could
// have been decided as far as its own votes tell; they are told apart only by what speaks against
// them.
std::string TwoThatConflictAndBothCoordinatorsGone() {
  Stage s(Asking(5, {{0, {0, 2, 3}}, {1, {1, 4, 0}}}));
  s.Append(0, "A");
  s.Append(1, "B");
  for (const int m : {2, 3}) s.One(E::kPreAccept, Id(0, 1), 0, m);
  for (const int m : {2, 3}) s.One(E::kPreAcceptOk, Id(0, 1), m, 0);
  for (const int m : {4, 3}) s.One(E::kPreAccept, Id(1, 1), 1, m);
  s.cluster.Drop();
  for (const int m : {0, 1}) s.cluster.Crash(m);
  s.Append(2, "C");
  return s.Heal();
}

// As before, but 1 lives, and 2 is not heard at first: of A's votes one is seen, and two members
// that know B. A is still possible, since none of its F was seen to be against it.
std::string TheFastQuorumMayHaveDecided() {
  Stage s(Asking(5, {{0, {0, 2, 3}}, {1, {1, 4, 0}}}));
  s.Append(0, "A");
  s.Append(1, "B");
  s.One(E::kPreAccept, Id(1, 1), 1, 4);
  for (const int m : {2, 3}) s.One(E::kPreAccept, Id(0, 1), 0, m);
  for (const int m : {2, 3}) s.One(E::kPreAcceptOk, Id(0, 1), m, 0);
  s.cluster.Drop();
  s.cluster.Crash(0);
  // C makes A known to those who have not heard of it.
  s.Append(3, "C");
  s.Only(Among({1, 3, 4}), [&] { return s.Decided(3, Id(0, 1)); });
  return s.Heal();
}

// 1 knows B when A comes, so A is decided by the four others, with a second flush. Whoever recovers
// A sees one vote that differs, of a member of F.
std::string AnyFourMayHaveDecided() {
  Stage s(Asking(5));
  s.Append(1, "B");
  s.Append(0, "A");
  for (const int m : {1, 2, 3, 4}) s.One(E::kPreAccept, Id(0, 1), 0, m);
  for (const int m : {1, 2, 3, 4}) s.One(E::kPreAcceptOk, Id(0, 1), m, 0);
  s.cluster.Drop();
  s.cluster.Crash(0);
  s.Append(2, "C");
  s.Only(Among({1, 2, 3}), [&] { return s.Decided(2, Id(0, 1)); });
  return s.Heal();
}

namespace {

// Of three: 0 accepts A in ballot 0, alone; 2 decides with 1 that A is a noop, and crashes before
// anyone hears of it. 0 then hears that its ballot is over.
void AcceptTwoValues(Stage& s) {
  const InstanceId a = Id(0, 1);
  s.Append(2, "B");
  s.One(E::kPreAccept, Id(2, 1), 2, 1);
  s.Append(0, "A");
  s.One(E::kPreAccept, a, 0, 1);
  s.One(E::kPreAcceptOk, a, 1, 0);
  s.cluster.Drop();
  const Filter news = OfType(E::kHeartbeat) && From(0) && To(2);
  s.Only(news, [&] { return s.Waits(E::kAccept, a, 0); });
  s.cluster.Drop();
  s.Only(Either(news, RecoveryOf(a, 2, {1, 2})), [&] { return s.Decided(2, a); });
  s.cluster.Drop();
  s.cluster.Crash(2);
  s.cluster.StopClock(1, true);
  bool told = false;
  s.Only(Of(a) && Among({0, 1}) && Either(OfType(E::kAccept), OfType(E::kNack)), [&] {
    if (s.Waits(E::kNack, a, 1)) told = true;
    return told && !s.Waits(E::kNack, a, 1);
  });
}

}  // namespace

// The vote in ballot 0 stays one of ballot 0, however many ballots 0 joins afterwards; the noop was
// accepted in ballot 5.
std::string PromisedAgainAfterAVote() {
  Stage s(Asking(3));
  AcceptTwoValues(s);
  const Filter nothing = [](const Message&) { return false; };
  s.Only(nothing, [&] { return s.Waits(E::kRecover, Id(0, 1), 0); });
  s.cluster.Drop();
  s.Only(nothing, [&] { return s.BallotOf(0, Id(0, 1)) > 6; });
  s.cluster.StopClock(1, false);
  return s.Heal();
}

// 0 holds A of ballot 0, 1 a noop of ballot 5: the later one may have been decided.
std::string TwoVotesInTwoBallots() {
  Stage s(Asking(3));
  AcceptTwoValues(s);
  s.cluster.StopClock(1, false);
  return s.Heal();
}

// 1 voted for A. 2 and 0 decide that A is a noop, which 1 does not hear. 0 proposes the command
// anew, as 0.2, decides it with 2, and crashes. 1 still speaks for A, and 0.2 must depend on A
// although A is a noop.
std::string ADecidedNoopNotHeardOf() {
  Stage s(Asking(3));
  const InstanceId a = Id(0, 1), again = Id(0, 2);
  s.Append(0, "A");
  s.One(E::kPreAccept, a, 0, 1);
  s.cluster.Drop();
  const Filter news = OfType(E::kHeartbeat) && From(0) && To(2);
  s.Only(Either(news, RecoveryOf(a, 2, {0, 2})), [&] { return s.Decided(2, a); });
  s.One(E::kCommit, a, 2, 0);
  s.Only(Of(again) && Among({0, 2}) && Not(OfType(E::kCommit)),
         [&] { return s.Decided(0, again); });
  s.cluster.Drop();
  s.cluster.Crash(0);
  s.cluster.StopClock(1, true);
  s.Only(RecoveryOf(again, 2, {1, 2}), [&] { return s.Decided(2, again); });
  s.cluster.StopClock(1, false);
  return s.Heal();
}

namespace {

// A has the vote of 1, B of 2 that of 4; 0 crashes. 1 recovers A with 3 and 4 and is about to
// validate it.
void RecoverUntilValidate(Stage& s, bool with_b) {
  const InstanceId a = Id(0, 1);
  if (with_b) {
    s.Append(2, "B");
    s.One(E::kPreAccept, Id(2, 1), 2, 4);
  }
  s.Append(0, "A");
  s.One(E::kPreAccept, a, 0, 1);
  s.cluster.Drop();
  s.cluster.Crash(0);
  for (const int m : {2, 3, 4}) s.cluster.StopClock(m, true);
  s.Only(RecoveryOf(a, 1, {1, 3, 4}), [&] { return s.Waits(E::kValidate, a, 1); });
  for (const int m : {2, 3, 4}) s.cluster.StopClock(m, false);
}

}  // namespace

// 3 and 4 know of A what 1 asks them to validate; 4 names B, whose coordinator 2 is of A's fast
// quorum and would have let B depend on A. There is nothing to wait for.
std::string APendingOneOfItsFastQuorum() {
  Stage s(Asking(5));
  const InstanceId a = Id(0, 1);
  RecoverUntilValidate(s, true);
  for (const int m : {3, 4}) s.One(E::kValidate, a, 1, m);
  for (const int m : {3, 4}) s.One(E::kValidateOk, a, m, 1);
  if (!s.Waits(E::kAccept, a, 1)) return "delay: A waits for B, which cannot stand beside it";
  return s.Heal();
}

// 3 is asked to validate A, then accepts that A is a noop, and then the first question comes again.
std::string AskedToValidateAgainAfterTheAccept() {
  Stage s(Asking(5));
  const InstanceId a = Id(0, 1);
  RecoverUntilValidate(s, true);
  s.One(E::kValidate, a, 1, 3, true);
  s.One(E::kValidate, a, 1, 4);
  for (const int m : {3, 4}) s.One(E::kValidateOk, a, m, 1);
  s.One(E::kAccept, a, 1, 3);
  s.One(E::kValidate, a, 1, 3);
  return s.Heal();
}

// 3 and 4 are asked to validate A and know nothing against it. Then B comes to them. A will be
// decided as it was proposed, so B must depend on it.
std::string ValidatedBeforeAConflict() {
  Stage s(Asking(5));
  const InstanceId a = Id(0, 1), b = Id(2, 1);
  RecoverUntilValidate(s, false);
  for (const int m : {3, 4}) s.One(E::kValidate, a, 1, m);
  s.Append(2, "B");
  for (const int m : {3, 4}) s.One(E::kPreAccept, b, 2, m);
  for (const int m : {3, 4}) s.One(E::kPreAcceptOk, b, m, 2);
  for (const int m : {3, 4}) s.One(E::kValidateOk, a, m, 1);
  return s.Heal();
}

// As before, but 3 and 4 forget A before B comes to them.
std::string TheRegistrationIsLost() {
  Cluster::Options options = Asking(5);
  options.restartable = true;
  Stage s(options);
  const InstanceId a = Id(0, 1), b = Id(2, 1);
  RecoverUntilValidate(s, false);
  for (const int m : {3, 4}) s.cluster.StopDisk(m);
  for (const int m : {3, 4}) s.One(E::kValidate, a, 1, m);
  for (const int m : {3, 4}) {
    if (s.Waits(E::kValidateOk, a, m)) s.One(E::kValidateOk, a, m, 1);
  }
  const auto accepts = s.Take(OfType(E::kAccept));
  for (const int m : {3, 4}) s.CutShort(m);
  s.cluster.Drop();
  s.Append(2, "B");
  for (const int m : {3, 4}) s.One(E::kPreAccept, b, 2, m);
  for (const int m : {3, 4}) s.One(E::kPreAcceptOk, b, m, 2);
  s.cluster.Drop();
  for (const Message& accept : accepts) s.cluster.Inject(accept);
  return s.Heal();
}

// B is decided by 2, 3 and 4, who do not know A; A has the vote of 1. As far as votes tell, A may
// have been decided by {0 1 3}: but then B, of 3, would depend on it.
std::string AConflictDecidedWithoutIt() {
  Stage s(Asking(5, {{0, {0, 1, 3}}}));
  const InstanceId b = Id(3, 1);
  s.Append(0, "A");
  s.One(E::kPreAccept, Id(0, 1), 0, 1);
  s.cluster.Drop();
  s.Append(3, "B");
  s.Only(Of(b) && Among({2, 3, 4}), [&] { return s.Decided(2, b) && s.Decided(4, b); });
  s.cluster.Drop();
  for (const int m : {0, 3}) s.cluster.Crash(m);
  s.Append(1, "C");
  return s.Heal();
}

// 1 recovers A of 0, who lives and answers: it has not decided A and never will. Nothing is left to
// be asked.
std::string RecoveredWithItsCoordinator() {
  Stage s(Asking(5));
  const InstanceId a = Id(0, 1);
  s.Append(0, "A");
  s.One(E::kPreAccept, a, 0, 1);
  s.cluster.Drop();
  const auto ended = [&] { return s.Decided(1, a) || s.Waits(E::kValidate, a, 1); };
  if (!s.Only(RecoveryOf(a, 1, {0, 1, 3}), ended)) return "1 has not recovered A";
  if (!s.Decided(1, a)) return "delay: A is validated although its coordinator has denied it";
  return s.Heal();
}

// 1 and 2 vote for A; before 0 hears of it, it promises 3 to decide nothing in ballot 0 any more,
// and 3 decides with 2 and 4 that A is a noop.
std::string TheCoordinatorHasPromised() {
  Stage s(Asking(5));
  const InstanceId a = Id(0, 1);
  s.Append(0, "A");
  for (const int m : {1, 2}) s.One(E::kPreAccept, a, 0, m);
  const auto votes = s.Take(OfType(E::kPreAcceptOk));
  for (const int m : {1, 2, 4}) s.cluster.StopClock(m, true);
  const Filter news = OfType(E::kHeartbeat) && From(0) && To(3);
  const Filter recovery = RecoveryOf(a, 3, {0, 2, 3, 4}) && Not(OfType(E::kAccept) && To(0));
  s.Only(Either(news, recovery), [&] { return s.Decided(3, a); });
  s.cluster.Drop();
  for (const Message& vote : votes) s.cluster.Inject(vote);
  s.cluster.Deliver(OfType(E::kPreAcceptOk));
  for (const int m : {1, 2, 4}) s.cluster.StopClock(m, false);
  return s.Heal();
}

// 2 has tried to recover A so often, alone, that its ballot is high. 1, who begins, must hear of it
// instead of going there step by step.
std::string OverruledByAHighBallot() {
  Stage s(Asking(3));
  const InstanceId a = Id(0, 1);
  s.Append(0, "A");
  s.One(E::kPreAccept, a, 0, 2);
  s.cluster.Drop();
  s.cluster.Crash(0);
  s.cluster.StopClock(1, true);
  const Filter nothing = [](const Message&) { return false; };
  s.Only(
      nothing, [&] { return s.BallotOf(2, a) > 30; }, 20'000);
  s.cluster.StopClock(1, false);
  const RequestId c = s.Append(1, "C");
  if (!s.Only(
          Not(OfType(E::kRecover) && From(2)), [&] { return s.Answered(c); }, 600)) {
    return "delay: 1 has not learned of the higher ballot";
  }
  return s.Heal();
}

}  // namespace althing::sim
