// The shared state of one partition, for tests of its parts: member 0, all records as durable as
// the test says.
#ifndef ALTHING_TESTS_CORE_EPAXOS_STATE_FIXTURE_H_
#define ALTHING_TESTS_CORE_EPAXOS_STATE_FIXTURE_H_

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "replica/core/epaxos/state.h"
#include "tests/core/ids.h"

namespace althing {

inline CoreOptions OptionsFor(int n) {
  return {.self = MemberIndex{0}, .replica = ReplicaId{0}, .quorums = *Quorums::Create(n, {}, {})};
}

// An encoded batch of one put.
inline std::string Put(const std::string& key) {
  pb::RequestBatch batch;
  pb::Command& command = *batch.add_requests()->add_commands();
  command.set_operation(pb::OPERATION_PUT);
  command.set_key(key);
  return batch.SerializeAsString();
}

class StateFixture : public testing::Test {
 protected:
  explicit StateFixture(int n) : StateFixture(OptionsFor(n)) {}
  explicit StateFixture(const CoreOptions& options) : state_(options) {
    state_.reachable = options.quorums.all();
    state_.now = LogicalTime{100};
    state_.output = &output_;
  }

  static MemberIndex Member(int m) { return MemberIndex{static_cast<uint8_t>(m)}; }
  static Deps MakeDeps(std::vector<Slot> slots) {
    Deps deps;
    for (size_t m = 0; m < slots.size(); ++m) deps.Raise(Member(static_cast<int>(m)), slots[m]);
    return deps;
  }

  // A pre-accepted instance with a payload and no dependencies.
  Instance& PreAccepted(InstanceId id, const std::string& key = "k") {
    Instance& instance = state_.space.GetOrCreate(id);
    state_.SetPayload(id, instance, *ParsePayload(Put(key), id, 0));
    instance.phase = Phase::kPreAccepted;
    instance.value = Value::kPayload;
    state_.Saw(MakeDepsOf(id));
    return instance;
  }
  Instance& Committed(InstanceId id, const std::string& key = "k") {
    Instance& instance = PreAccepted(id, key);
    instance.phase = Phase::kCommitted;
    state_.space.Advance(id.coordinator);
    return instance;
  }

  // What was sent since the last call: "to {1 2}: TEXT", a line each.
  std::string TakeSends() {
    std::string text;
    for (const Send& send : output_.sends) {
      text += "to {";
      for (const MemberIndex m : send.to) text += std::to_string(m.value) + " ";
      text.back() = '}';
      text += ": " + send.envelope.ShortDebugString() + "\n";
    }
    output_.sends.clear();
    return text;
  }

  State state_;
  Output output_;

 private:
  static Deps MakeDepsOf(InstanceId id) {
    Deps deps;
    deps.Raise(id.coordinator, id.slot);
    return deps;
  }
};

}  // namespace althing

#endif  // ALTHING_TESTS_CORE_EPAXOS_STATE_FIXTURE_H_
