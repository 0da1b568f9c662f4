// A simulated client: one call after the other, in sessions or without, repeated elsewhere when no
// answer comes.
#ifndef ALTHING_TESTS_SIM_CLIENT_H_
#define ALTHING_TESTS_SIM_CLIENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pb/kv.pb.h"
#include "replica/core/ids.h"
#include "tests/check/history.h"
#include "tests/sim/plan.h"

namespace althing::sim {

// A request of commands, and what came of it.
struct CallRecord {
  size_t client = 0;
  pb::Request request = {};
  check::Outcome outcome = check::Outcome::kUnknown;
  int64_t call_ns = 0;
  int64_t return_ns = check::kNever;
  std::vector<pb::Result> results = {};  // Of an answered one.
};

// What the world does for a client.
class ClientHost {
 public:
  virtual ~ClientHost() = default;
  virtual int64_t now_ns() const = 0;
  // Who may be asked now.
  virtual MemberSet targets() const = 0;
  virtual RequestId Propose(size_t client, MemberIndex to, PartitionId partition,
                            const pb::Request& request, int64_t deadline_ns) = 0;
  // Client::Wake is to be called then.
  virtual void WakeAt(size_t client, int64_t at_ns) = 0;
  // Something is wrong with an answer.
  virtual void Fail(const std::string& why) = 0;
};

// The keys of each partition, hot ones first.
using KeysByPartition = std::vector<std::vector<std::string>>;
KeysByPartition MakeKeys(const Plan& plan);

class Client {
 public:
  // All are borrowed.
  Client(const Plan& plan, size_t number, const KeysByPartition& keys, ClientHost& host);

  void Wake();
  // `unknown`: nothing is known of the outcome, else a status other than OK means that this
  // proposal took no effect.
  void OnAnswer(RequestId request, const absl::Status& status, const pb::ProposeReply& reply,
                bool unknown);

  // All its calls have ended.
  bool done() const { return !call_ && calls_left_ == 0; }
  const std::vector<CallRecord>& calls() const { return calls_; }
  // What it waits for, for people.
  std::string Describe() const;

 private:
  enum class Act { kCommands, kOpen, kTrim, kKeep, kClose };
  struct Open {
    Act act = Act::kCommands;
    PartitionId partition;
    CallRecord record;
    int unresolved = 0;  // Proposals that may still take effect.
    int proposals = 0;
    int64_t give_up_ns = 0;  // On the last proposal.
    bool waits_to_repeat = false;
  };
  struct Session {
    std::optional<pb::SessionId> id;
    uint64_t last_number = 0;
    uint32_t calls = 0;
  };

  Session& session() { return sessions_[call_->partition.value]; }
  void Begin();
  void BeginCommands(PartitionId partition);
  void BeginAct(PartitionId partition, Act act);
  void FillCommand(PartitionId partition, bool write, pb::Command& command);
  void Propose();
  bool MayRepeat() const;
  void RepeatLater();
  void OnRefused(const absl::Status& status);
  // The session keeps too many answers: those before the current request may be forgotten.
  void TrimNow();
  void End(check::Outcome outcome);
  void CheckLate(size_t call, const pb::ProposeReply& reply);
  MemberIndex Target();
  const std::string& Key(PartitionId partition);

  const Plan& plan_;
  const size_t number_;
  const KeysByPartition& keys_;
  ClientHost& host_;
  Random random_;
  const bool uses_sessions_;
  MemberIndex home_;
  uint32_t calls_left_;
  uint64_t values_ = 0;
  std::vector<Session> sessions_;  // By partition.
  std::optional<Open> call_;
  std::map<RequestId, size_t> proposed_;  // -> the number of the call: that many had ended before.
  std::vector<CallRecord> calls_;
  std::map<std::string, pb::Result> seen_;  // By key, for conditions.
  uint64_t call_number_ = 0;
  std::map<uint64_t, size_t> ended_;  // Number of a call of commands -> place in calls_.
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_CLIENT_H_
