// Random schedules: messages are lost, doubled, delayed and overtaken, links are cut and healed;
// clients repeat their requests at other members, trim their sessions, or lose them because they
// are silent for too long. Then the network is well again, and everything must have happened
// exactly once, in one order, as real time demands. Nobody crashes here: without recovery the
// instances of a dead coordinator stay undecided.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "replica/core/random.h"
#include "tests/sim/call_check.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

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
                  .session_ticks = random_.Below(3) == 0 ? 40u : 100'000u}),
        clients_(1 + random_.Below(3)) {
    for (Client& client : clients_) Open(client);
  }

  void Run() {
    for (step_ = 1; step_ <= 400; ++step_) {
      RandomStep();
      if (step_ % 20 == 0) CheckInvariants();
    }
    for (int i = 0; i < n_; ++i) {
      for (int j = 0; j < n_; ++j) {
        if (i != j) cluster_.SetReachable(i, j, true);
      }
    }
    for (int round = 0; round < 200 && !AllExecutedEverywhere(); ++round) {
      ++step_;
      for (int i = 0; i < n_; ++i) cluster_.Flush(i);
      cluster_.Deliver();
      cluster_.Advance(5);
      NoteAnswers();
    }
  }

  void Check() {
    CheckInvariants();
    ASSERT_TRUE(AllAnswered()) << "a command was not answered after the network healed";
    ASSERT_TRUE(AllExecutedEverywhere()) << "a member did not catch up after the network healed";
    CheckAgreement();
    std::vector<Call> calls;
    for (const Asked& asked : asked_) calls.push_back(asked.call);
    ASSERT_EQ(FindContradiction(calls), "");
    CheckStores();
  }

  uint64_t repeated() const { return Count(Event::Kind::kRepeatedRequests); }
  uint64_t expired() const { return Count(Event::Kind::kSessionsExpired); }
  uint64_t unknown() const { return unknown_; }
  uint64_t slow() const { return Count(Event::Kind::kSlowDecision); }
  uint64_t fast() const { return Count(Event::Kind::kFastDecision); }
  uint64_t two_flush() const { return Count(Event::Kind::kTwoFlushDecision); }
  uint64_t digest() const { return cluster_.digest(); }

 private:
  uint64_t Count(Event::Kind kind) const {
    uint64_t count = 0;
    for (int i = 0; i < n_; ++i) count += cluster_.Count(i, kind);
    return count;
  }
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
    } else {
      const int at = Member(), member = Member();
      if (at != member) cluster_.SetReachable(at, member, random_.Below(2) == 0);
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
    proposed_commands_ += static_cast<uint64_t>(request.commands_size());
    return cluster_.Submit(Member(), PartitionId{0}, request);
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
        ASSERT_LE(replies.size(), 1u) << "request " << proposal.value << " was answered twice";
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
      for (size_t i = 0; i < results.size(); ++i) {
        ASSERT_EQ(results[i].version(), asked.call.results[i].version());
      }
    }
  }

  // With a result; or, where the session was closed, with the word that nothing is known.
  bool AllAnswered() {
    unknown_ = 0;
    for (const Asked& asked : asked_) {
      for (const RequestId proposal : asked.proposals) {
        const auto& replies = cluster_.replies(proposal);
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

  bool AllExecutedEverywhere() const {
    for (int i = 0; i < n_; ++i) {
      if (cluster_.Sum(i, Event::Kind::kExecutedCommands) != proposed_commands_) return false;
    }
    return true;
  }
  // Each member's own store and table, as it answers reads itself.
  void CheckStores() {
    for (uint64_t k = 0; k < keys_; ++k) {
      std::set<std::string> answers;
      for (int i = 0; i < n_; ++i) {
        const RequestId read = cluster_.Propose(i, pb::OPERATION_GET, absl::StrCat("k", k));
        for (int round = 0; round < 100 && cluster_.replies(read).empty(); ++round) {
          for (int j = 0; j < n_; ++j) cluster_.Flush(j);
          cluster_.Deliver();
          cluster_.Advance(5);
        }
        ASSERT_EQ(cluster_.replies(read).size(), 1u);
        answers.insert(cluster_.replies(read)[0].result.results(0).ShortDebugString());
      }
      ASSERT_EQ(answers.size(), 1u) << *answers.begin() << "\n" << *answers.rbegin();
    }
    for (int i = 1; i < n_; ++i) {
      for (const Event::Kind kind : {Event::Kind::kSessionsOpened, Event::Kind::kSessionsClosed,
                                     Event::Kind::kRepeatedRequests}) {
        ASSERT_EQ(cluster_.Sum(i, kind), cluster_.Sum(0, kind)) << "member " << i;
      }
    }
  }
  void CheckInvariants() {
    const absl::Status invariants = cluster_.CheckInvariants();
    ASSERT_TRUE(invariants.ok()) << invariants;
  }

  // Every outcome that anyone recorded is the same everywhere.
  void CheckAgreement() {
    std::map<std::pair<uint32_t, uint64_t>, std::string> outcomes;
    for (int i = 0; i < n_; ++i) {
      for (const pb::Record& record : cluster_.records(i)) {
        if (!record.has_committed()) continue;
        pb::CommittedRecord outcome = record.committed();
        outcome.clear_payload();  // Left out where an earlier record has it.
        const auto id = std::pair(outcome.id().coordinator(), outcome.id().slot());
        const auto [it, first] = outcomes.emplace(id, outcome.ShortDebugString());
        ASSERT_EQ(it->second, outcome.ShortDebugString());
      }
    }
  }

  Random random_;
  const int n_;
  const uint64_t keys_;
  const uint64_t loss_percent_;
  const uint64_t double_percent_;
  Cluster cluster_;
  uint64_t step_ = 0;
  std::vector<Client> clients_;
  std::vector<Asked> asked_;
  uint64_t proposed_commands_ = 0;
  uint64_t unknown_ = 0;
};

TEST(ShakeTest, EverythingHappensOnceAndInOneOrderWhateverTheNetworkDoes) {
  uint64_t fast = 0, slow = 0, two_flush = 0, repeated = 0, expired = 0, unknown = 0;
  for (uint64_t seed = 1; seed <= 1500 && !testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Schedule schedule(seed);
    schedule.Run();
    schedule.Check();
    fast += schedule.fast();
    slow += schedule.slow();
    two_flush += schedule.two_flush();
    repeated += schedule.repeated();
    expired += schedule.expired();
    unknown += schedule.unknown();
  }
  // Each way to a decision was really taken.
  EXPECT_GT(fast, 1000u);
  EXPECT_GT(slow, 1000u);
  EXPECT_GT(two_flush, 20u);
  // And each fate of a request was met.
  EXPECT_GT(repeated, 1000u);
  EXPECT_GT(expired, 100u);
  EXPECT_GT(unknown, 20u);
}

TEST(ShakeTest, ASeedRepeatsItself) {
  Schedule first(7), second(7);
  first.Run();
  second.Run();
  EXPECT_EQ(first.digest(), second.digest());
}

}  // namespace
}  // namespace althing::sim
