// Sessions whose clients have gone: who closes them, and that nobody closes those of others.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/epaxos/epaxos.h"
#include "replica/core/kv_store.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

pb::SessionId Open(Cluster& cluster, int at) {
  pb::Request open;
  open.mutable_open();
  const RequestId id = cluster.Submit(at, PartitionId{0}, open);
  cluster.Deliver();
  CHECK(cluster.replies(id).size() == 1);
  return cluster.replies(id)[0].result.session();
}

absl::Status Append(Cluster& cluster, int at, const pb::SessionId& session, uint64_t number) {
  pb::Request request;
  *request.mutable_session() = session;
  request.set_number(number);
  *request.add_commands() = MakeCommand(pb::OPERATION_APPEND, "k", "v");
  const RequestId id = cluster.Submit(at, PartitionId{0}, request);
  cluster.Deliver();
  CHECK(cluster.replies(id).size() == 1);
  return cluster.replies(id)[0].status;
}

class SessionExpiryTest : public testing::Test {
 protected:
  static constexpr uint64_t kLease = 100;

  // Time passes and messages flow.
  void Pass(uint64_t ticks) {
    for (; ticks > 0; --ticks) {
      cluster_.Advance(1);
      cluster_.Deliver();
    }
  }
  uint64_t Expired(int at) const { return cluster_.Sum(at, Event::Kind::kSessionsExpired); }
  uint64_t Proposed(int at) const { return cluster_.Count(at, Event::Kind::kBatch); }

  Cluster cluster_{{.n = 3, .session_ticks = kLease}};
};

// Of the first one member 0 is more patient than of its own.
TEST_F(SessionExpiryTest, ASessionThatOpensLaterAndEndsSoonerIsNotKeptLonger) {
  Open(cluster_, 1);
  Open(cluster_, 0);
  Pass(kLease);
  EXPECT_EQ(Expired(2), 2u);
  EXPECT_EQ(Proposed(0), 2u) << "its opening and its end";
}

TEST_F(SessionExpiryTest, TheMemberThatOpenedASilentSessionClosesItEverywhere) {
  const pb::SessionId session = Open(cluster_, 1);
  Pass(kLease - 1);
  EXPECT_EQ(Expired(0), 0u);
  Pass(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Expired(i), 1u) << i;
  EXPECT_EQ(Proposed(1), 2u);
  EXPECT_EQ(Proposed(0) + Proposed(2), 0u);
  EXPECT_TRUE(absl::IsFailedPrecondition(Append(cluster_, 2, session, 1)));
}

TEST_F(SessionExpiryTest, ASignOfLifeAnywhereKeepsItOpen) {
  const pb::SessionId session = Open(cluster_, 1);
  for (uint64_t number = 1; number <= 5; ++number) {
    Pass(kLease - 10);
    EXPECT_TRUE(Append(cluster_, 2, session, number).ok());
  }
  EXPECT_EQ(Expired(0), 0u);
}

TEST_F(SessionExpiryTest, AnotherMemberTakesTheTurnOfOneThatIsAway) {
  Open(cluster_, 1);
  for (const int other : {0, 2}) {
    cluster_.SetReachable(1, other, false);
    cluster_.SetReachable(other, 1, false);
  }
  const Filter cut = Not(From(1)) && Not(To(1));
  for (uint64_t i = 0; i < 2 * kLease; ++i) {
    cluster_.Advance(1);
    cluster_.Deliver(cut);
    cluster_.Drop();
  }
  EXPECT_EQ(Expired(0), 1u);
  EXPECT_EQ(Expired(2), 1u);
  // Cut off from the others it is no judge of who is silent.
  EXPECT_EQ(Proposed(1), 1u);
  EXPECT_EQ(Expired(1), 0u);
}

TEST_F(SessionExpiryTest, AClosingThatMissedASignOfLifeClosesNothing) {
  const pb::SessionId session = Open(cluster_, 1);
  cluster_.Advance(kLease);  // Member 1 proposes to close it, and nobody has heard of that yet.
  ASSERT_EQ(Proposed(1), 2u);
  // Meanwhile a command is decided without it.
  pb::Request request;
  *request.mutable_session() = session;
  request.set_number(1);
  *request.add_commands() = MakeCommand(pb::OPERATION_APPEND, "k", "v");
  const RequestId append = cluster_.Submit(2, PartitionId{0}, request);
  cluster_.Deliver(Not(From(1)) && Not(To(1)));
  ASSERT_EQ(cluster_.replies(append).size(), 1u);
  Pass(10);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Expired(i), 0u) << i;
  EXPECT_TRUE(Append(cluster_, 0, session, 2).ok());
}

// A cluster of one, bare: nothing is kept but what the core keeps.
class Lone {
 public:
  explicit Lone(uint64_t session_ticks) : epaxos_(Options(session_ticks), store_) {}

  // Proposes all in one turn; their answers, in the order of execution.
  std::vector<Reply> Submit(const std::vector<pb::Request>& requests) {
    for (const pb::Request& request : requests) {
      pb::RequestBatch batch;
      *batch.add_requests() = request;
      Step(Propose{RequestId{++last_request_}, batch.SerializeAsString()});
    }
    Settle();
    return std::exchange(replies_, {});
  }
  // Moves the time on, tick by tick.
  void Pass(uint64_t ticks) {
    for (; ticks > 0; --ticks) {
      ++now_.value;
      if (next_tick_ > now_) continue;
      Step(Tick{});
      Settle();
    }
  }
  uint64_t expired() const { return expired_; }

 private:
  static CoreOptions Options(uint64_t session_ticks) {
    CoreOptions options{
        .self = MemberIndex{0}, .replica = ReplicaId{0}, .quorums = *Quorums::Create(1, {}, {})};
    options.waiting_proposals_max = 1'000'000;
    options.session_ticks = session_ticks;
    return options;
  }
  void Step(Input input) {
    Output output;
    epaxos_.Step(now_, std::move(input), output);
    appended_ += output.records.size();
    for (Reply& reply : output.replies) replies_.push_back(std::move(reply));
    for (const Event& event : output.events) {
      if (event.kind == Event::Kind::kSessionsExpired) expired_ += event.value;
    }
    next_tick_ = output.next_tick;
  }
  // Until nothing is left to flush or to execute.
  void Settle() {
    do {
      Step(EndTurn{});
      if (flushed_ < appended_) Step(Flushed{LogPosition{flushed_ = appended_}});
      Step(EndTurn{});
    } while (flushed_ < appended_ || next_tick_ <= now_);
  }

  KvStore store_{1 << 20};
  Epaxos epaxos_;
  LogicalTime now_{1}, next_tick_ = kNever;
  uint64_t appended_ = 0, flushed_ = 0, last_request_ = 0, expired_ = 0;
  std::vector<Reply> replies_;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kWaves = 2;  // They make it ten times as slow.
#else
constexpr uint64_t kWaves = 20;
#endif

// A million clients that open a session, write once and are never heard of again.
TEST(SessionLoadTest, AMillionSessionsOfOneCommandAreClosed) {
  constexpr uint64_t kClients = 50'000, kLease = 100;
  Lone replica(kLease);
  uint64_t refused = 0, written = 0;
  for (uint64_t wave = 0; wave < kWaves; ++wave) {
    std::vector<pb::Request> opens(kClients), writes;
    for (pb::Request& open : opens) open.mutable_open();
    for (const Reply& reply : replica.Submit(opens)) {
      refused += !reply.status.ok();
      pb::Request& write = writes.emplace_back();
      *write.mutable_session() = reply.result.session();
      write.set_number(1);
      *write.add_commands() =
          MakeCommand(pb::OPERATION_PUT, absl::StrCat("k", writes.size() % 1000), "v");
    }
    for (const Reply& reply : replica.Submit(writes)) {
      refused += !reply.status.ok();
      written += !reply.result.repeated();
    }
    replica.Pass(kLease + kClients / 1000);  // A tick closes a thousand.
    ASSERT_EQ(replica.expired(), (wave + 1) * kClients);
  }
  EXPECT_EQ(refused, 0u);
  EXPECT_EQ(written, kWaves * kClients);
}

}  // namespace
}  // namespace althing::sim
