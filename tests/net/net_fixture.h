// Replicas' servers on free ports of 127.0.0.1, with everything behind the channel left to the
// test.
#ifndef ALTHING_TESTS_NET_NET_FIXTURE_H_
#define ALTHING_TESTS_NET_NET_FIXTURE_H_

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pb/config.pb.h"
#include "replica/core/replica_core.h"
#include "replica/net/replica_server.h"
#include "replica/runtime/channel.h"
#include "replica/runtime/metrics.h"
#include "replica/runtime/steady_clock.h"
#include "replica/runtime/trace.h"

namespace althing {

// Ports that nobody listens on now.
std::vector<int> FreePorts(size_t count);

// Complete, of `members` replicas on free ports. `settings`: field path -> value.
v1::Config MakeConfig(int members, const std::map<std::string, std::string>& settings = {});

// A core that nobody steps.
class IdleCore : public Core {
 public:
  explicit IdleCore(uint32_t partitions) : partitions_(partitions) {}
  uint32_t partitions() const override { return partitions_; }
  absl::Status Restore(const pb::Record&) override { return absl::OkStatus(); }
  absl::Status RestoreCheckpoint(const pb::CheckpointPiece&) override { return absl::OkStatus(); }
  absl::Status EndRestore() override { return absl::OkStatus(); }
  void Step(PartitionId, LogicalTime, Input, Output&) override {}
  const std::vector<Quarantine>& quarantines() const override { return quarantined; }
  size_t waiting(PartitionId) const override { return 0; }
  Held held(PartitionId) const override { return {}; }
  absl::Status Explain(LogicalTime, const pb::ExplainRequest&, pb::ExplainReply&) const override {
    return absl::UnimplementedError("an idle core explains nothing");
  }

  std::vector<Quarantine> quarantined;

 private:
  const uint32_t partitions_;
};

// A replica without an event loop: the test polls, and reads the channel.
class TestReplica {
 public:
  TestReplica(const v1::Config& config, int self, std::string store_id = "");
  ~TestReplica();

  const absl::Status& status() const { return status_; }
  ReplicaServer& server() { return *server_; }
  IdleCore& core() { return core_; }
  Channel& channel() { return channel_; }
  Scheduler<MsgContainer>& incoming() { return incoming_; }
  Metrics& metrics() { return metrics_; }
  Trace& trace() { return trace_; }
  std::string client_address() const;
  std::string peer_address() const;

  // Polls once, then takes what is in the channel: Controls run, overdue calls expire, the rest
  // goes to `arrived`.
  void Turn();
  bool takes_back = false;  // As a core that had not proposed what is overdue.
  std::vector<MsgContainer> arrived;

  // Peer messages of `arrived`, encoded.
  std::vector<std::string> Envelopes() const;
  // PeerChanges of `arrived`, as in "1+ 1- 1+".
  std::string Changes() const;
  // The answers of `arrived` proposals: each is sent once.
  void AnswerAll(const absl::Status& status, const pb::ProposeReply& reply);
  bool Reaches(int member) const;

 private:
  const v1::Config config_;
  const int self_;
  SteadyClock clock_;
  IdleCore core_;
  Channel channel_;
  Metrics metrics_;
  Trace trace_;
  Scheduler<MsgContainer> incoming_;
  absl::Status status_;
  std::unique_ptr<ReplicaServer> server_;
  std::vector<MsgContainer> taken_;
};

// Turns of all replicas until `done`. False after 10 s.
bool TurnUntil(const std::vector<TestReplica*>& replicas, const std::function<bool()>& done);

// Turns until the blocking `call`, which runs beside them, has returned.
template <typename Call>
auto TurnDuring(const std::vector<TestReplica*>& replicas, Call call) {
  auto result = std::async(std::launch::async, std::move(call));
  TurnUntil(replicas,
            [&] { return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  return result.get();
}

// A Heartbeat that says `number`.
pb::Envelope MakeEnvelope(uint64_t number);
OutMessage MakeMessage(const pb::Envelope& envelope);

}  // namespace althing

#endif  // ALTHING_TESTS_NET_NET_FIXTURE_H_
