#include "tests/sim/shake.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "replica/core/random.h"
#include "tests/sim/call_check.h"
#include "tests/sim/cluster.h"
#include "tests/sim/outcomes.h"

namespace althing::sim {
namespace {

constexpr Event::Kind kCounted[] = {
    Event::Kind::kFastDecision,     Event::Kind::kTwoFlushDecision, Event::Kind::kSlowDecision,
    Event::Kind::kRepeatedRequests, Event::Kind::kSessionsExpired,  Event::Kind::kRecoveredPayload,
    Event::Kind::kRecoveredNoop,    Event::Kind::kRecoveryWaits,    Event::Kind::kRecoveryRetried,
    Event::Kind::kCollected,
};

// A client, its session and what it has asked for in it.
struct Client {
  RequestId opening;
  std::optional<pb::SessionId> session;  // Once it is open.
  uint64_t last_number = 0;
};

// A call, and each time that it was proposed.
struct Asked {
  Call call;
  pb::Request request;
  size_t client = 0;
  std::vector<RequestId> proposals;
  bool answered = false;  // With a result.
};

// A stream of its own: a schedule is otherwise the same whatever is forgotten.
uint64_t DrawCollectTicks(uint64_t seed) {
  static constexpr uint64_t kPaces[] = {1, 1, 2, 5, 20, kNeverCollect};
  return kPaces[Random(seed * 7 + 3).Below(std::size(kPaces))];
}

class Schedule {
 public:
  explicit Schedule(uint64_t seed)
      : random_(seed),
        n_(3 + 2 * static_cast<int>(random_.Below(3))),
        keys_(1 + random_.Below(4)),
        loss_percent_(random_.Below(40)),
        double_percent_(random_.Below(20)),
        cluster_({.n = n_,
                  .thrifty = random_.Below(2) == 0,
                  .flush_at_once = random_.Below(2) == 0,
                  .window = static_cast<uint32_t>(1 + random_.Below(4)),
                  .session_ticks = random_.Below(3) == 0 ? 40u : 100'000u,
                  .collect_ticks = DrawCollectTicks(seed)}),
        crashes_left_(random_.Below(2) == 0 ? random_.Below(static_cast<uint64_t>((n_ - 1) / 2 + 1))
                                            : 0),
        clients_(1 + random_.Below(3)) {
    for (Client& client : clients_) Open(client);
  }

  void Run() {
    for (step_ = 1; step_ <= 400 && failure_.empty(); ++step_) {
      RandomStep();
      if (step_ % 20 == 0) CheckInvariants();
    }
    for (int i = 0; i < n_; ++i) {
      for (int j = 0; j < n_; ++j) {
        if (i != j) cluster_.SetReachable(i, j, cluster_.alive(j));
      }
    }
    for (int round = 0; round < 400 && !(AllAnswered() && AllAlike()); ++round) {
      ++step_;
      Settle();
      NoteAnswers();
    }
  }

  void Check() {
    CheckInvariants();
    Expect(FindConflictingOutcomes(cluster_));
    if (!AllAnswered()) Expect("a command was not answered after the network healed");
    if (!AllAlike()) Expect("a member did not catch up after the network healed");
    if (!failure_.empty()) return;
    std::vector<Call> calls;
    for (const Asked& asked : asked_) calls.push_back(asked.call);
    Expect(FindContradiction(calls));
    CheckStores();
    CheckMemory();
  }
  // The first thing that went wrong; empty if nothing did.
  const std::string& failure() const { return failure_; }

  ShakeResult Result() const {
    ShakeResult result;
    result.failure = failure_;
    result.digest = cluster_.digest();
    result.unknown = unknown_;
    for (int i = 0; i < n_; ++i) {
      for (const Event::Kind kind : kCounted) {
        result.events[kind].count += cluster_.Count(i, kind);
        result.events[kind].sum += cluster_.Sum(i, kind);
      }
    }
    return result;
  }

 private:
  int Member() { return static_cast<int>(random_.Below(static_cast<uint64_t>(n_))); }

  void RandomStep() {
    const uint64_t dice = random_.Below(100);
    if (dice < 6) {
      Propose();
    } else if (dice < 9) {
      Repeat();
    } else if (dice < 10) {
      Trim();
    } else if (dice < 80) {
      DeliverRandomly();
    } else if (dice < 90) {
      cluster_.Flush(Member());
    } else if (dice < 97) {
      cluster_.Advance(1 + random_.Below(4));
    } else if (dice < 99 || crashes_left_ == 0) {
      const int at = Member(), member = Member();
      const bool up = cluster_.alive(member) && random_.Below(2) == 0;
      if (at != member) cluster_.SetReachable(at, member, up);
    } else if (const int victim = Member(); cluster_.alive(victim)) {
      cluster_.Crash(victim);
      --crashes_left_;
    }
    NoteAnswers();
  }

  void Open(Client& client) {
    pb::Request open;
    open.mutable_open();
    client.opening = Submit(open);
  }

  // At some member.
  RequestId Submit(const pb::Request& request) {
    const int at = Member();
    const RequestId id = cluster_.Submit(at, PartitionId{0}, request);
    proposed_at_[id.value] = at;
    return id;
  }

  void Propose() {
    Asked asked;
    Call& call = asked.call;
    call.write = random_.Below(3) > 0;
    call.keys.push_back(absl::StrCat("k", random_.Below(keys_)));
    if (random_.Below(4) == 0 && keys_ > 1) call.keys = {"k0", "k1"};
    call.value = call.write ? absl::StrCat("v", asked_.size()) : "";
    for (const std::string& key : call.keys) {
      *asked.request.add_commands() =
          MakeCommand(call.write ? pb::OPERATION_PUT : pb::OPERATION_GET, key, call.value);
    }
    asked.client = random_.Below(clients_.size());
    Client& client = clients_[asked.client];
    if (client.session && random_.Below(4) > 0) {
      *asked.request.mutable_session() = *client.session;
      asked.request.set_number(++client.last_number);
    }
    call.called = step_;
    const bool twice_at_once = asked.request.has_session() && random_.Below(4) == 0;
    for (int i = 0; i <= twice_at_once; ++i) asked.proposals.push_back(Submit(asked.request));
    asked_.push_back(std::move(asked));
  }

  // A client that has no answer yet tries elsewhere.
  void Repeat() {
    if (asked_.empty()) return;
    Asked& asked = asked_[random_.Below(asked_.size())];
    if (asked.answered || !asked.request.has_session()) return;
    asked.proposals.push_back(Submit(asked.request));
  }

  // Below the first request without an answer.
  void Trim() {
    const size_t which = random_.Below(clients_.size());
    if (!clients_[which].session) return;
    pb::Request trim;
    *trim.mutable_session() = *clients_[which].session;
    uint64_t below = clients_[which].last_number + 1;
    for (const Asked& asked : asked_) {
      const bool open = asked.client == which && asked.request.has_session() && !asked.answered;
      if (open) below = std::min<uint64_t>(below, asked.request.number());
    }
    trim.mutable_trim()->set_below(below);
    Submit(trim);
  }

  void DeliverRandomly() {
    if (cluster_.waiting().empty()) return;
    const uint64_t pick = random_.Below(cluster_.waiting().size());
    uint64_t at = 0;
    const Filter chosen = [&](const Message&) { return at++ == pick; };
    const uint64_t dice = random_.Below(100);
    if (dice < loss_percent_) {
      cluster_.Drop(chosen);
    } else {
      cluster_.DeliverOne(chosen, dice >= 100 - double_percent_);
    }
  }

  void NoteAnswers() {
    for (Client& client : clients_) {
      const auto& replies = cluster_.replies(client.opening);
      if (!client.session && !replies.empty()) client.session = replies[0].result.session();
    }
    for (Asked& asked : asked_) {
      for (const RequestId proposal : asked.proposals) {
        const auto& replies = cluster_.replies(proposal);
        if (replies.size() > 1) {
          Expect(absl::StrCat("request ", proposal.value, " was answered twice"));
        }
        if (!replies.empty() && replies[0].status.ok()) NoteAnswer(asked, replies[0].result);
      }
    }
  }
  void NoteAnswer(Asked& asked, const pb::ProposeReply& reply) {
    std::vector<pb::Result> results(reply.results().begin(), reply.results().end());
    if (!asked.answered) {
      asked.answered = true;
      asked.call.returned = step_;
      asked.call.results = std::move(results);
    } else if (asked.call.write) {
      // Whichever proposal is answered, the answer is the first one.
      const auto version = [](const pb::Result& result) { return result.version(); };
      if (!std::ranges::equal(results, asked.call.results, {}, version, version)) {
        Expect("a repeated write was answered differently");
      }
    }
  }

  // With a result; or, where the session was closed, with the word that nothing is known.
  bool AllAnswered() {
    unknown_ = 0;
    for (const Asked& asked : asked_) {
      for (const RequestId proposal : asked.proposals) {
        const auto& replies = cluster_.replies(proposal);
        if (replies.empty() && !cluster_.alive(proposed_at_.at(proposal.value))) continue;
        if (replies.empty()) return false;
        const bool in_session = asked.request.has_session();
        if (!replies[0].status.ok() &&
            !(in_session && absl::IsFailedPrecondition(replies[0].status))) {
          return false;
        }
      }
      unknown_ += !asked.answered;
    }
    return true;
  }

  // Those who live have executed the same.
  bool AllAlike() const {
    std::set<std::vector<uint64_t>> counts;
    for (int i = 0; i < n_; ++i) {
      if (!cluster_.alive(i)) continue;
      counts.insert({cluster_.Sum(i, Event::Kind::kExecutedCommands),
                     cluster_.Sum(i, Event::Kind::kComponent),
                     cluster_.Sum(i, Event::Kind::kSessionsOpened),
                     cluster_.Sum(i, Event::Kind::kSessionsClosed),
                     cluster_.Sum(i, Event::Kind::kRepeatedRequests)});
    }
    return counts.size() == 1;
  }
  void Settle() {
    for (int i = 0; i < n_; ++i) cluster_.Flush(i);
    cluster_.Deliver();
    cluster_.Advance(5);
  }
  // Each member's own store and table, as it answers reads itself.
  void CheckStores() {
    for (uint64_t k = 0; k < keys_; ++k) {
      std::set<std::string> answers;
      for (int i = 0; i < n_; ++i) {
        if (!cluster_.alive(i)) continue;
        const RequestId read = cluster_.Propose(i, pb::OPERATION_GET, absl::StrCat("k", k));
        for (int round = 0; round < 100 && cluster_.replies(read).empty(); ++round) Settle();
        if (cluster_.replies(read).size() != 1) return Expect("a last read was not answered");
        const pb::ProposeReply& reply = cluster_.replies(read)[0].result;
        answers.insert(reply.results_size() == 1 ? reply.results(0).ShortDebugString() : "");
      }
      if (answers.size() > 1) {
        Expect(absl::StrCat("stores differ: ", *answers.begin(), "; ", *answers.rbegin()));
      }
    }
  }
  // When all have executed all, nothing needs to be remembered.
  void CheckMemory() {
    if (!cluster_.collects()) return;
    const auto held = [this] {
      uint64_t held = 0;
      for (int i = 0; i < n_; ++i) {
        if (!cluster_.alive(i)) return uint64_t{0};  // Of whom nothing is heard any more.
        held += cluster_.held(i).instances + cluster_.held(i).keys;
      }
      return held;
    };
    for (int round = 0; round < 100 && held() > 0; ++round) Settle();
    if (held() > 0) Expect(absl::StrCat("memory: ", held(), " instances and keys are held"));
  }
  void CheckInvariants() { Expect(cluster_.CheckInvariants().message()); }
  // Notes what is wrong, if anything is and nothing was before.
  void Expect(absl::string_view wrong) {
    if (failure_.empty()) failure_ = std::string(wrong);
  }

  Random random_;
  const int n_;
  const uint64_t keys_;
  const uint64_t loss_percent_;
  const uint64_t double_percent_;
  Cluster cluster_;
  uint64_t crashes_left_;
  uint64_t step_ = 0;
  std::vector<Client> clients_;
  std::vector<Asked> asked_;
  std::map<uint64_t, int> proposed_at_;  // By request id.
  uint64_t unknown_ = 0;
  std::string failure_;
};

}  // namespace

ShakeResult Shake(uint64_t seed) {
  Schedule schedule(seed);
  schedule.Run();
  schedule.Check();
  return schedule.Result();
}

}  // namespace althing::sim
