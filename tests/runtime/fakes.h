// A world for the event loop that follows a script and writes down, in one journal, all that
// happens.
#ifndef ALTHING_TESTS_RUNTIME_FAKES_H_
#define ALTHING_TESTS_RUNTIME_FAKES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "replica/core/replica_core.h"
#include "replica/runtime/message_name.h"
#include "replica/runtime/msg_container.h"
#include "replica/runtime/ports.h"
#include "replica/storage/log.h"

namespace althing::testing {

using Journal = std::vector<std::string>;

// Empties the journal.
inline Journal Take(Journal& journal) { return std::exchange(journal, {}); }

class FakeClock : public Clock {
 public:
  int64_t NowNs() override {
    ++readings;
    now_ns += step_ns;
    return now_ns;
  }
  int64_t now_ns = 0;
  int64_t step_ns = 0;  // How much each reading takes.
  int readings = 0;
};

// "send Commit to 1 p0", "answer 7 OK", "end turn".
class FakeTransport : public Transport {
 public:
  explicit FakeTransport(Journal& journal) : journal_(journal) {}
  void Send(MemberIndex to, OutMessage message) override {
    journal_.push_back(absl::StrCat("send ", std::string(MessageName(message.type)), " to ",
                                    to.value, " p", message.partition.value));
    sent.push_back(std::move(message));
  }
  void Beat(MemberIndex to, const pb::Pulse& pulse) override { beats.emplace_back(to, pulse); }
  void SetHealth(MemberIndex peer, const PeerView& view) override {
    health[peer] = view;
    if (on_health) on_health(peer, view);
  }
  bool Answer(RequestId request, const absl::Status& status,
              const pb::ProposeReply& reply) override {
    journal_.push_back(
        absl::StrCat("answer ", request.value, " ", absl::StatusCodeToString(status.code())));
    statuses.push_back(status);
    replies.push_back(reply);
    return !gone.contains(request);
  }
  void Expire(RequestId request) override {
    journal_.push_back(absl::StrCat("expire ", request.value));
  }
  void EndTurn() override {
    if (journal_end_turn) journal_.push_back("end turn");
  }

  bool journal_end_turn = false;
  std::vector<OutMessage> sent;
  std::vector<std::pair<MemberIndex, pb::Pulse>> beats;
  std::map<MemberIndex, PeerView> health;
  std::function<void(MemberIndex, const PeerView&)> on_health;
  std::vector<absl::Status> statuses;
  std::vector<pb::ProposeReply> replies;
  std::set<RequestId> gone;  // Calls that do not wait any more.

 private:
  Journal& journal_;
};

// Becomes durable when told, or with each flush.
class FakeLog : public Log {
 public:
  explicit FakeLog(Journal& journal) : journal_(journal) {}
  uint64_t Append(const pb::Record& record) override {
    journal_.push_back(absl::StrCat("append ", ++appended, " p", record.partition()));
    return appended;
  }
  void Flush() override {
    journal_.push_back(absl::StrCat("flush ", appended));
    if (at_once) now_durable = appended;
  }
  void FlushNow() override {
    journal_.push_back(absl::StrCat("flush now ", appended));
    now_durable = appended;
  }
  uint64_t durable() const override { return now_durable; }
  Checkpoints checkpoints() const override { return now_checkpoints; }
  void AddPiece(uint64_t number, std::string piece) override {
    journal_.push_back(absl::StrCat("piece of ", number, ", ", piece.size(), " bytes"));
  }
  void MakeCurrent(uint64_t number, uint64_t log_from) override {
    journal_.push_back(absl::StrCat("make current ", number, ", log from ", log_from));
  }
  std::string_view durability() const override { return "fake"; }

  bool at_once = true;
  uint64_t appended = 0;
  uint64_t now_durable = 0;
  Checkpoints now_checkpoints;

 private:
  Journal& journal_;
};

// "p0 t3 Propose 7": the input, and what `script` makes of it.
class FakeCore : public Core {
 public:
  using Script = std::function<void(PartitionId, const Input&, Output&)>;
  FakeCore(Journal& journal, uint32_t partitions) : waits(partitions), journal_(journal) {}
  uint32_t partitions() const override { return static_cast<uint32_t>(waits.size()); }
  absl::Status Restore(const pb::Record&) override { return absl::OkStatus(); }
  absl::Status RestoreCheckpoint(const pb::CheckpointPiece&) override { return absl::OkStatus(); }
  absl::Status EndRestore() override { return absl::OkStatus(); }
  void Step(PartitionId partition, LogicalTime now, Input input, Output& output) override {
    journal_.push_back(absl::StrCat("p", partition.value, " t", now.value, " ", Describe(input)));
    if (script) script(partition, input, output);
  }
  const std::vector<Quarantine>& quarantines() const override { return quarantined; }
  size_t waiting(PartitionId partition) const override { return waits[partition.value]; }
  Held held(PartitionId partition) const override { return {waits[partition.value] + 1, 0}; }
  absl::Status Explain(LogicalTime now, const pb::ExplainRequest& request,
                       pb::ExplainReply& reply) const override {
    if (request.partition() >= partitions()) return absl::InvalidArgumentError("no such partition");
    reply.set_partition(request.partition());
    reply.set_proposals_waiting(now.value);
    return absl::OkStatus();
  }
  Script script;
  std::vector<Quarantine> quarantined;
  std::vector<size_t> waits;  // By partition.

 private:
  struct Describer {
    std::string operator()(const Propose& i) { return absl::StrCat("Propose ", i.request.value); }
    std::string operator()(const Cancel& i) { return absl::StrCat("Cancel ", i.request.value); }
    std::string operator()(const Receive& i) {
      return absl::StrCat("Receive ", std::string(MessageName(i.envelope.message_case())), " from ",
                          i.from.value);
    }
    std::string operator()(const EndTurn&) { return "EndTurn"; }
    std::string operator()(const Flushed& i) { return absl::StrCat("Flushed ", i.position.value); }
    std::string operator()(const Tick&) { return "Tick"; }
    std::string operator()(const BeginRun&) { return "BeginRun"; }
    std::string operator()(const EndRun&) { return "EndRun"; }
    std::string operator()(const BeginCheckpoint& i) {
      return absl::StrCat("BeginCheckpoint ", i.number);
    }
    std::string operator()(const TakeSlice& i) { return absl::StrCat("TakeSlice ", i.entries_max); }
    std::string operator()(const CheckpointDurable& i) {
      return absl::StrCat("CheckpointDurable ", i.number);
    }
    std::string operator()(const PeerStatus& i) {
      return absl::StrCat("Peer ", i.member.value, i.reachable ? " up" : " down");
    }
  };
  static std::string Describe(const Input& input) { return std::visit(Describer(), input); }

  Journal& journal_;
};

inline pb::Envelope CommitEnvelope(uint32_t partition) {
  pb::Envelope envelope;
  envelope.set_partition(partition);
  envelope.mutable_commit()->mutable_id()->set_slot(1);
  return envelope;
}

inline pb::Envelope HeartbeatEnvelope(uint32_t partition) {
  pb::Envelope envelope;
  envelope.set_partition(partition);
  envelope.mutable_heartbeat()->set_highest_own(3);
  return envelope;
}

inline pb::Record RecordOf(uint32_t partition) {
  pb::Record record;
  record.set_partition(partition);
  return record;
}

inline Reply OkReply(uint64_t request, uint64_t after = 0) {
  return {RequestId{request}, absl::OkStatus(), pb::ProposeReply(), LogPosition{after}};
}

inline MsgContainer Proposal(uint32_t partition, uint64_t request, int64_t deadline_ns = INT64_MAX,
                             int64_t arrival_ns = 0) {
  return {PartitionId{partition}, arrival_ns,
          ClientProposal{RequestId{request}, "batch", deadline_ns}};
}

inline MsgContainer FromPeer(uint32_t partition, uint8_t from, pb::Envelope envelope,
                             int64_t arrival_ns = 0) {
  return {PartitionId{partition}, arrival_ns, PeerMessage{MemberIndex{from}, std::move(envelope)}};
}

inline MsgContainer Change(uint8_t member, bool reachable) {
  return {PartitionId{}, 0, PeerChange{MemberIndex{member}, reachable}};
}

}  // namespace althing::testing

#endif  // ALTHING_TESTS_RUNTIME_FAKES_H_
