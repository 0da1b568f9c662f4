// Member 0 of five that recovers 4.1, and what the others answer.
#ifndef ALTHING_TESTS_CORE_EPAXOS_RECOVERY_FIXTURE_H_
#define ALTHING_TESTS_CORE_EPAXOS_RECOVERY_FIXTURE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "replica/core/epaxos/recovery.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {

// Member 0 of five recovers 4.1: F(4.1) = {4 0 1}, e2 = 1, quorums of 3. Its ballots are 5, 10, ...
// Put("k") is printed as K.
class RecoveryFixture : public StateFixture {
 protected:
  RecoveryFixture() : StateFixture(5) {}

  static std::string Text(const google::protobuf::Message& message) {
    return absl::StrReplaceAll(message.ShortDebugString(),
                               {{absl::CEscape(Put("k")), "K"},
                                {"id { coordinator: 4 slot: 1 }", "4.1"},
                                {"deps: 0 deps: 0 deps: 0 deps: 0 deps: 0", "deps: none"}});
  }
  // "to {1 2} after POSITION: TEXT", a line each.
  std::string Sends() {
    std::string text;
    for (const Send& send : output_.sends) {
      std::string to;
      for (const MemberIndex m : send.to) absl::StrAppend(&to, to.empty() ? "" : " ", m.value);
      absl::StrAppend(&text, "to {", to, "} after ", send.after.value, ": ", Text(send.envelope),
                      "\n");
    }
    output_.sends.clear();
    return text;
  }
  std::string TakeRecords() {
    std::string text;
    for (const pb::Record& record : output_.records) text += Text(record) + "\n";
    output_.records.clear();
    return text;
  }
  void Flush() {
    state_.durable = state_.appended;
    recovery_.OnFlushed();
  }
  void UntilNextTick() {
    ASSERT_NE(recovery_.next_tick(), kNever);
    state_.now = std::max(state_.now, recovery_.next_tick());
    recovery_.OnTick();
  }
  // Its Recover is on the way.
  void Start(bool durable = true) {
    recovery_.Want(id_, 0);
    UntilNextTick();
    if (durable) Flush();
    Sends();
    TakeRecords();
  }
  // The own vote: with the initial deps, or with one more.
  void Voted(bool matching) {
    Instance& instance = PreAccepted(id_);
    instance.initial_known = instance.payload_logged = true;
    instance.fast_quorum = MemberSet(19);
    instance.deps = MakeDeps({0, 0, matching ? 0u : 7u, 0, 0});
  }

  pb::RecoverOk Answer(pb::RecoverOk::Phase phase, Ballot ballot = 5) const {
    pb::RecoverOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(ballot);
    message.set_phase(phase);
    return message;
  }
  pb::RecoverOk Vote(std::vector<Slot> deps) const {
    pb::RecoverOk message = Answer(pb::RecoverOk::PHASE_PRE_ACCEPTED);
    message.set_payload(Put("k"));
    message.mutable_deps()->Add(deps.begin(), deps.end());
    for (int r = 0; r < 5; ++r) message.add_initial_deps(0);
    message.set_fast_quorum(19);
    return message;
  }
  pb::RecoverOk Matching() const { return Vote({0, 0, 0, 0, 0}); }
  pb::RecoverOk Other() const { return Vote({0, 0, 7, 0, 0}); }
  pb::RecoverOk Nothing() const { return Answer(pb::RecoverOk::PHASE_NONE); }
  pb::RecoverOk Accepted(Ballot ballot, std::optional<std::vector<Slot>> deps) const {
    pb::RecoverOk message = Answer(pb::RecoverOk::PHASE_ACCEPTED);
    message.set_accepted_ballot(ballot);
    message.set_noop(!deps);
    if (deps) message.set_payload(Put("k"));
    if (!deps) deps.emplace(5);
    message.mutable_deps()->Add(deps->begin(), deps->end());
    return message;
  }
  void Hear(int from, const pb::RecoverOk& message) {
    EXPECT_TRUE(recovery_.OnRecoverOk(Member(from), message).ok());
  }
  void Validated(int from, std::map<InstanceId, bool> invalidators = {}) {
    pb::ValidateOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(5);
    for (const auto& [other, committed] : invalidators) {
      auto& invalidator = *message.add_invalidators();
      ToProto(other, invalidator.mutable_id());
      invalidator.set_committed(committed);
    }
    EXPECT_TRUE(recovery_.OnValidateOk(Member(from), message).ok());
  }
  void AcceptOk(int from, Ballot ballot = 5) {
    pb::AcceptOk message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(ballot);
    recovery_.OnAcceptOk(Member(from), message);
  }
  void Nack(Ballot ballot) {
    pb::Nack message;
    ToProto(id_, message.mutable_id());
    message.set_ballot(ballot);
    recovery_.OnNack(message);
  }
  void HearWaiting(InstanceId id, uint32_t voters) {
    pb::Waiting message;
    ToProto(id, message.mutable_id());
    message.set_voters(voters);
    recovery_.OnWaiting(message);
  }
  // Waits for 3.1 with the quorum {0 1 2}, or {0 2 3} if 1 is late: all of it pre-accepted it as
  // proposed.
  void Wait(int second = 1, int third = 2) {
    Voted(true);
    Start();
    Hear(second, Matching());
    Hear(third, Matching());
    Validated(second, {{At(3, 1), false}});
    Validated(third);
    Flush();
    Sends();
    TakeRecords();
  }

  const std::string kNoop =
      "to {1 2 3 4} after 2: accept { 4.1 ballot: 5 noop: true deps: none }\n";
  // The own Validate and the Accept are records 2 and 3.
  const std::string kLateNoop =
      "to {1 2 3 4} after 3: accept { 4.1 ballot: 5 noop: true deps: none }\n";
  const std::string kPayload =
      "to {1 2 3 4} after 3: accept { 4.1 ballot: 5 payload: \"K\" deps: none }\n";
  const std::string kValidate =
      "validate { 4.1 ballot: 5 payload: \"K\" initial_deps: 0 initial_deps: 0 initial_deps: 0 "
      "initial_deps: 0 initial_deps: 0 fast_quorum: 19 }\n";

  const InstanceId id_ = At(4, 1);
  bool coordinated_ = false;
  std::string decided_;
  RecoveryVoter voter_{state_};
  Recovery recovery_{state_, voter_, [this](InstanceId) { return coordinated_; },
                     [this](InstanceId id, Instance& instance) {
                       decided_ += ToString(id) +
                                   (instance.value == Value::kNoop ? " noop\n" : " payload\n");
                       instance.phase = Phase::kCommitted;
                       recovery_.OnCommitted(id);
                     }};
};

}  // namespace althing

#endif  // ALTHING_TESTS_CORE_EPAXOS_RECOVERY_FIXTURE_H_
