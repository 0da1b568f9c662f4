#include "absl/strings/str_cat.h"
#include "tests/mutation/schedules.h"
#include "tests/mutation/stage.h"

namespace althing::sim {

using E = pb::Envelope;

// Four equal votes of seven that are not F = {0 1 2 3}: with them alone a recovery that reaches one
// of them finds nothing that may have been decided.
std::string FourOfSevenAreNotTheFour() {
  Stage s(Asking(7));
  s.Append(0, "A");
  for (const int m : {4, 5, 6}) s.One(E::kPreAccept, Id(0, 1), 0, m);
  for (const int m : {4, 5, 6}) s.One(E::kPreAcceptOk, Id(0, 1), m, 0);
  s.cluster.Drop();
  for (const int m : {0, 5, 6}) s.cluster.Crash(m);
  s.Append(1, "B");
  return s.Heal();
}

// 0 goes slow with 1 and 2 because they know of B; 1 accepts, and its answer comes twice. 0 and 1
// are no quorum: the others have never heard of what those two accepted.
std::string AnAnswerThatComesTwice() {
  Stage s(Asking(5));
  s.Append(3, "B");
  for (const int m : {1, 2}) s.One(E::kPreAccept, Id(3, 1), 3, m);
  s.Append(0, "A");
  for (const int m : {1, 2}) s.One(E::kPreAccept, Id(0, 1), 0, m);
  for (const int m : {1, 2}) s.One(E::kPreAcceptOk, Id(0, 1), m, 0);
  s.One(E::kAccept, Id(0, 1), 0, 1);
  s.One(E::kAcceptOk, Id(0, 1), 1, 0, true);
  s.One(E::kAcceptOk, Id(0, 1), 1, 0);
  s.cluster.Drop();
  for (const int m : {0, 1}) s.cluster.Crash(m);
  s.Append(2, "C");
  return s.Heal();
}

// 1 votes for A, learns of B, and is asked for its vote on A once more; 0 decides with the first
// answer. Were the vote another now, whoever recovers A would not find the one that decided.
std::string AskedAgainAfterAConflict() {
  Stage s(Asking(3));
  s.Append(0, "A");
  s.One(E::kPreAccept, Id(0, 1), 0, 1, true);
  s.Append(2, "B");
  s.One(E::kPreAccept, Id(2, 1), 2, 1);
  s.One(E::kPreAccept, Id(0, 1), 0, 1);
  s.One(E::kPreAcceptOk, Id(0, 1), 1, 0);
  s.cluster.Drop();
  s.cluster.Crash(0);
  s.Append(1, "C");
  return s.Heal();
}

// X waits at 2; A depends on it and is decided; B is called after A was answered. X then comes to
// depend on both, and the three are one cycle, in which B comes before A: 0.1 before 1.1.
std::string AnsweredBeforeAnOlderOneIsKnown() {
  Stage s(Asking(3));
  s.Append(2, "X");
  s.cluster.Drop();
  const RequestId a = s.Append(1, "A");
  const auto a_only = Of(Id(1, 1)) && Among({1, 2});
  if (!s.Only(a_only, [&] { return s.Decided(1, Id(1, 1)); })) return "A was not decided";
  s.cluster.Drop();
  const bool a_first = s.Answered(a);
  s.Append(0, "B");
  const auto b_only = Of(Id(0, 1)) && Among({0, 2});
  if (!s.Only(b_only, [&] { return s.Decided(0, Id(0, 1)); })) return "B was not decided";
  if (std::string wrong = s.Heal(); !wrong.empty()) return wrong;
  const std::string order = s.Read(0);
  if (!a_first || order.find('A') < order.find('B')) return "";
  return absl::StrCat("real time: A was answered before B was called, and the order is ", order);
}

}  // namespace althing::sim
