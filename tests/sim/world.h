// A whole cluster with its clients, network, disks and faults, in one thread and in simulated time:
// a run follows from its plan alone.
#ifndef ALTHING_TESTS_SIM_WORLD_H_
#define ALTHING_TESTS_SIM_WORLD_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/client.h"
#include "tests/sim/counts.h"
#include "tests/sim/invariants.h"
#include "tests/sim/network.h"
#include "tests/sim/plan.h"
#include "tests/sim/replica.h"

namespace althing::sim {

class World : private ReplicaHost, private ClientHost {
 public:
  // Gets a line for each thing that happens, if there is one.
  using Trace = std::function<void(const std::string&)>;
  // `consequences_only`: as Invariants::LookAtConsequencesOnly.
  explicit World(const Plan& plan, Trace trace = nullptr, bool consequences_only = false);
  ~World() override;

  // Until all is well, or something is not. Once.
  void Run();

  // What was wrong first; empty: nothing.
  const std::string& failure() const { return failure_; }
  // Of all that happened, in its order.
  uint64_t hash() const { return hash_; }
  const Counts& counts() const { return counts_; }
  int64_t ended_ns() const { return now_ns_; }
  // Losses by chance: PlanEdit::losses_kept names some of so many.
  uint64_t losses() const { return network_.losses(); }

 private:
  struct Happening {
    int64_t at_ns;
    uint64_t sequence;
    std::function<void()> happen;
  };
  struct Place {  // Of a replica.
    std::unique_ptr<Disk> disk;
    std::unique_ptr<SimReplica> replica;  // Null: it is down.
    uint64_t runs = 0;                    // That have begun.
    bool gone = false;                    // For ever, and its disk with it.
    int64_t turn_ns = INT64_MAX;          // When its next turn is planned.
    int64_t free_ns = 0;                  // The turn before takes so long.
    int64_t paused_until_ns = 0;
    const Crash* dying = nullptr;  // After some more messages.
    int64_t back_ns = INT64_MAX;   // When it starts again.
    MemberSet told;                // Whom it believes to reach.
    MemberSet suspected;
    MemberSet lied;  // Whom it is told not to reach, though it does.
  };
  struct Waiting {  // A call that waits at a replica.
    size_t client;
    MemberIndex at;
    PartitionId partition;
  };

  Place& place(MemberIndex m) { return places_[m.value]; }
  MemberSet all() const { return MemberSet::FirstN(plan_.n); }
  bool alive(MemberIndex m) const { return places_[m.value].replica != nullptr; }
  MemberSet up() const;
  void At(int64_t at_ns, std::function<void()> happen);
  void Mix(uint64_t value);
  void MixText(std::string_view text);
  bool tracing() const { return trace_ != nullptr; }
  void Say(const std::string& line);
  void SayEvent(MemberIndex at, const Event& event);

  // ReplicaHost
  int64_t now_ns() const override { return now_ns_; }
  void OnStepped(MemberIndex at, PartitionId partition, const Output& output) override;
  void OnSend(MemberIndex from, MemberIndex to,
              std::shared_ptr<const pb::Envelope> envelope) override;
  bool OnAnswer(MemberIndex at, RequestId request, const absl::Status& status,
                const pb::ProposeReply& reply) override;
  void OnExpire(MemberIndex at, RequestId request) override;
  void OnBeat(MemberIndex from, MemberIndex to, const pb::Pulse& pulse) override;
  void OnSuspicion(MemberIndex at, MemberIndex peer, bool suspected) override;
  // Of the disks
  std::unique_ptr<Disk> MakeDisk(MemberIndex at);
  void OnDurable(MemberIndex at, const pb::Record& record);
  void OnCheckpoint(MemberIndex at);
  void CompleteFlushAt(MemberIndex at, int64_t at_ns);
  // ClientHost
  MemberSet targets() const override { return healed_ ? plan_.core : all(); }
  RequestId Propose(size_t client, MemberIndex to, PartitionId partition,
                    const pb::Request& request, int64_t deadline_ns) override;
  void WakeAt(size_t client, int64_t at_ns) override;
  void Fail(const std::string& why) override;

  void PlanFaults();
  void Begin(const Fault& fault);
  void End(const Fault& fault);
  void Meet(const Crash& crash);
  // What the fault has in mind for it follows: it is gone, or starts again.
  void Die(MemberIndex m, const Crash& crash);
  void TakeDown(MemberIndex m);
  void StartAt(MemberIndex m, int64_t at_ns);
  void Start(MemberIndex m);
  // Its calls get no answer any more.
  void HangUp(MemberIndex m);
  void Heal();
  // What it can reach may have changed: it hears of it after a while.
  void LookAround();
  void Tell(MemberIndex who, MemberIndex about);
  // What comes at any time, and finds room always.
  void Push(MemberIndex to, decltype(MsgContainer::body) body);
  bool Reaches(MemberIndex who, MemberIndex other);

  void WakeReplica(MemberIndex m, int64_t at_ns);
  void Turn(MemberIndex m);
  void Deliver(MemberIndex from, MemberIndex to, const pb::Envelope& envelope);
  void ArriveProposal(RequestId request, std::string batch, int64_t deadline_ns);
  void AnswerClient(const Waiting& waiting, RequestId request, const absl::Status& status,
                    const pb::ProposeReply& reply, bool unknown);
  void CheckCores();
  void CheckProgress();
  // What a member holds though all have executed all and could know it; or nothing.
  std::string WhatIsHeld() const;
  void CheckEnd();
  void CheckStores();
  void Count(const std::vector<CallRecord>& calls);

  const Plan plan_;
  const Trace trace_;
  const bool consequences_only_;
  std::vector<Happening> heap_;
  uint64_t sequence_ = 0;
  uint64_t happened_ = 0;
  uint64_t events_per_check_ = 0;
  int64_t now_ns_ = 0;
  bool healed_ = false;
  bool ended_ = false;
  std::string failure_;
  uint64_t hash_ = 0;
  Counts counts_;
  Random turn_random_, client_random_;
  Network network_;
  std::vector<Invariants> invariants_;  // By partition.
  KeysByPartition keys_;
  std::vector<Place> places_;
  std::vector<Client> clients_;
  std::vector<uint64_t> client_wakes_;  // The number of the last wake-up that was planned.
  std::map<RequestId, Waiting> waiting_;
  uint64_t checkpoints_ = 0, deaths_ = 0, restarts_ = 0, stops_ = 0, power_cuts_ = 0,
           records_lost_ = 0;
  uint64_t suspicions_ = 0;
  std::map<std::string, uint64_t> rules_;  // Of recovery.
  std::array<uint64_t, 8> faults_{};       // By kind.
  std::array<uint64_t, 64> events_{}, event_values_{}, sent_{}, answers_{};
  uint64_t next_request_ = 1;
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_WORLD_H_
