// What the tests of Invariants write and send.
#ifndef ALTHING_TESTS_SIM_INVARIANTS_FIXTURE_H_
#define ALTHING_TESTS_SIM_INVARIANTS_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "replica/core/epaxos/validate.h"
#include "tests/sim/cluster.h"
#include "tests/sim/invariants.h"

namespace althing::sim {

using Slots = std::vector<Slot>;
inline constexpr MemberIndex k0{0}, k1{1}, k2{2};
inline const InstanceId kA = Id(0, 1), kB = Id(1, 1);

template <typename Field>
void Fill(const Slots& slots, Field* field) {
  for (const Slot slot : slots) field->Add(slot);
}

inline std::string Bytes(const std::string& key, pb::Operation operation = pb::OPERATION_PUT,
                         const std::string& value = "v") {
  pb::RequestBatch batch;
  *batch.add_requests()->add_commands() = MakeCommand(operation, key, value);
  return batch.SerializeAsString();
}

// Three members; F(0) = {0 1}, F(1) = {1 2}.
class InvariantsFixture : public testing::Test {
 protected:
  static constexpr int kN = 3;

  static pb::Record PreAccepted(InstanceId id, const Slots& initial, const Slots& vote,
                                const std::string& payload = Bytes("k")) {
    pb::Record record;
    auto& r = *record.mutable_pre_accepted();
    ToProto(id, r.mutable_id());
    r.set_payload(payload);
    Fill(initial, r.mutable_initial_deps());
    Fill(vote, r.mutable_deps());
    r.set_fast_quorum(Quorums::Create(kN, {}, {})->FastQuorum(id.coordinator).bits());
    return record;
  }
  static pb::Record Accepted(InstanceId id, Ballot ballot, bool noop, const Slots& deps) {
    pb::Record record;
    ToProto(id, record.mutable_accepted()->mutable_id());
    record.mutable_accepted()->set_ballot(ballot);
    record.mutable_accepted()->set_noop(noop);
    Fill(deps, record.mutable_accepted()->mutable_deps());
    return record;
  }
  static pb::Record Committed(InstanceId id, bool noop, const Slots& deps) {
    pb::Record record;
    ToProto(id, record.mutable_committed()->mutable_id());
    record.mutable_committed()->set_noop(noop);
    Fill(deps, record.mutable_committed()->mutable_deps());
    return record;
  }
  static pb::Record Joined(InstanceId id, Ballot ballot) {
    pb::Record record;
    ToProto(id, record.mutable_joined()->mutable_id());
    record.mutable_joined()->set_ballot(ballot);
    return record;
  }
  static pb::Record Started(Slot floor) {
    pb::Record record;
    record.mutable_started()->set_floor(floor);
    return record;
  }
  static pb::Envelope PreAccept(InstanceId id, const Slots& deps) {
    pb::Envelope envelope;
    auto& message = *envelope.mutable_pre_accept();
    ToProto(id, message.mutable_id());
    message.set_payload(Bytes("k"));
    Fill(deps, message.mutable_initial_deps());
    message.set_fast_quorum(Quorums::Create(kN, {}, {})->FastQuorum(id.coordinator).bits());
    return envelope;
  }
  static pb::Envelope PreAcceptOk(InstanceId id, const Slots& deps) {
    pb::Envelope envelope;
    ToProto(id, envelope.mutable_pre_accept_ok()->mutable_id());
    Fill(deps, envelope.mutable_pre_accept_ok()->mutable_deps());
    return envelope;
  }
  static pb::Envelope Accept(InstanceId id, Ballot ballot, bool noop, const Slots& deps) {
    pb::Envelope envelope;
    ToProto(id, envelope.mutable_accept()->mutable_id());
    envelope.mutable_accept()->set_ballot(ballot);
    if (noop) envelope.mutable_accept()->set_noop(true);
    Fill(deps, envelope.mutable_accept()->mutable_deps());
    return envelope;
  }
  static pb::Envelope Commit(InstanceId id, bool noop, const Slots& deps) {
    pb::Envelope envelope;
    ToProto(id, envelope.mutable_commit()->mutable_id());
    if (noop) envelope.mutable_commit()->set_noop(true);
    Fill(deps, envelope.mutable_commit()->mutable_deps());
    return envelope;
  }

  void Write(MemberIndex at, const pb::Record& record) {
    invariants_.OnRecord(at, record);
    invariants_.OnDurable(at, record);
  }
  // The coordinator begins, and those vote without adding anything.
  void Begin(InstanceId id, const Slots& deps, MemberSet voters,
             const std::string& payload = Bytes("k")) {
    Write(id.coordinator, PreAccepted(id, deps, deps, payload));
    for (const MemberIndex m : voters) Write(m, PreAccepted(id, deps, deps, payload));
  }
  void CommitEverywhere(InstanceId id, bool noop, const Slots& deps) {
    for (const MemberIndex m : MemberSet::FirstN(kN)) Write(m, Committed(id, noop, deps));
  }
  // A, then B which depends on it; both are committed by their F.
  void TwoInARow() {
    Begin(kA, {0, 0, 0}, MemberSet::Of(k1));
    CommitEverywhere(kA, false, {0, 0, 0});
    Begin(kB, {1, 0, 0}, MemberSet::Of(k2));
    CommitEverywhere(kB, false, {1, 0, 0});
  }
  // The member stops, and this is left. What is new in it becomes durable now.
  void Cut(MemberIndex at, const std::vector<pb::Record>& log) {
    if (!log.empty() && log.back().has_started()) {
      invariants_.OnCrash(at, checkpoint_, {log.begin(), log.end() - 1});
      Write(at, log.back());
    } else {
      invariants_.OnCrash(at, checkpoint_, log);
    }
  }
  void ExpectBroken(const std::string& word) {
    EXPECT_EQ(invariants_.violation().substr(0, invariants_.violation().find(':')), word)
        << invariants_.violation();
  }

  // What it starts from if it is cut short.
  void SetCheckpoint(MemberIndex at, const Slots& executed, const Slots& everywhere,
                     const Slots& forgotten) {
    pb::CheckpointPiece piece;
    Fill(executed, piece.mutable_marks()->mutable_executed());
    Fill(everywhere, piece.mutable_marks()->mutable_everywhere());
    Fill(forgotten, piece.mutable_marks()->mutable_forgotten());
    checkpoint_ = {piece};
    invariants_.OnCheckpoint(at, checkpoint_);
  }

  std::vector<pb::CheckpointPiece> checkpoint_;
  Invariants invariants_{*Quorums::Create(kN, {}, {}), 0};
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_INVARIANTS_FIXTURE_H_
