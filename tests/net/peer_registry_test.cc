#include "replica/net/peer_registry.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replica/runtime/steady_clock.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr MemberIndex kSelf{0}, kPeer{1}, kOther{2};

class PeerRegistryTest : public testing::Test {
 protected:
  PeerRegistry::Options MakeOptions() {
    PeerRegistry::Options options;
    options.own = {.cluster_id = "blue", .replica = ReplicaId{10}, .store_id = "own"};
    options.self = kSelf;
    options.members = {ReplicaId{10}, ReplicaId{11}, ReplicaId{12}};
    options.addresses = {"a:1", "b:2", "c:3"};
    options.slow_size = 2;
    options.remember = [this](ReplicaId id, const StoreOfPeer& store) {
      remembered_.push_back(
          absl::StrCat(id.value, " ", store.id.substr(0, 1), " ", store.incarnation));
    };
    return options;
  }
  static pb::Hello HelloOf(uint32_t replica, char store, uint64_t incarnation = 1) {
    return MakeHello({.cluster_id = "blue",
                      .replica = ReplicaId{replica},
                      .store_id = std::string(16, store),
                      .incarnation = incarnation},
                     ReplicaId{10});
  }
  // What the event loop was told, as in "1+ 1-".
  std::string Changes() {
    std::vector<MsgContainer> messages;
    channel_.TakeAll(messages);
    std::string changes;
    for (const MsgContainer& message : messages) {
      const auto& change = std::get<PeerChange>(message.body);
      absl::StrAppend(&changes, changes.empty() ? "" : " ", change.member.value,
                      change.reachable ? "+" : "-");
    }
    return changes;
  }

  std::vector<std::string> remembered_;  // "ID S INCARNATION"
  SteadyClock clock_;
  Channel channel_{1, 1, 1};
  PeerRegistry registry_{MakeOptions(), channel_, clock_};
};

TEST_F(PeerRegistryTest, APeerIsReachableWhileBothStreamsAreUp) {
  registry_.SetOutgoing(kPeer, true);
  EXPECT_EQ(Changes(), "");
  registry_.SetIncoming(kPeer, true);
  EXPECT_EQ(Changes(), "1+");
  registry_.SetOutgoing(kPeer, false);
  registry_.SetIncoming(kPeer, false);
  EXPECT_EQ(Changes(), "1-");
  registry_.SetIncoming(kPeer, true);
  registry_.SetIncoming(kPeer, true);
  registry_.SetOutgoing(kPeer, true);
  registry_.SetOutgoing(kPeer, true);
  EXPECT_EQ(Changes(), "1+");
}

TEST_F(PeerRegistryTest, ASuspectedPeerIsNotReachableUntilItIsNoMore) {
  registry_.SetHealth(kPeer, {.suspected = true});
  EXPECT_EQ(Changes(), "");
  registry_.SetOutgoing(kPeer, true);
  registry_.SetIncoming(kPeer, true);
  EXPECT_EQ(Changes(), "1+") << "new streams are a sign of life";
  EXPECT_TRUE(registry_.IsReady());
  registry_.SetHealth(kPeer, {.suspected = true, .silent_ns = 1'234'000'000});
  EXPECT_EQ(Changes(), "1-");
  EXPECT_FALSE(registry_.IsReachable(kPeer));
  EXPECT_FALSE(registry_.IsReady());
  EXPECT_EQ(registry_.Detail(kPeer),
            "replica 11 is suspected: no sign of life for 1234 ms, though its connections are "
            "open; it stands still, or the network swallows what is sent");
  registry_.SetHealth(kPeer, {.suspected = true});
  EXPECT_EQ(Changes(), "") << "no news";
  registry_.SetHealth(kPeer, {.round_trip_ns = 5});
  EXPECT_EQ(Changes(), "1+");
  EXPECT_EQ(registry_.health(kPeer).round_trip_ns, 5);
  EXPECT_EQ(registry_.Detail(kPeer), "");
  // A connection that breaks is a reason of its own, and the one that is told.
  registry_.SetHealth(kPeer, {.suspected = true});
  registry_.SetTrouble(kPeer, "connecting to b:2");
  registry_.SetOutgoing(kPeer, false);
  EXPECT_EQ(Changes(), "1-");
  EXPECT_EQ(registry_.Detail(kPeer), "connecting to b:2");
}

TEST_F(PeerRegistryTest, IsReadyWhenEnoughReplicasAreReachable) {
  EXPECT_EQ(registry_.ReachableCount(), 1);
  EXPECT_FALSE(registry_.IsReady());
  registry_.SetIncoming(kOther, true);
  registry_.SetOutgoing(kOther, true);
  EXPECT_EQ(registry_.ReachableCount(), 2);
  EXPECT_TRUE(registry_.IsReady());
  registry_.SetIncoming(kOther, false);
  EXPECT_FALSE(registry_.IsReady());
}

TEST_F(PeerRegistryTest, SaysWhyAPeerIsNotReachable) {
  registry_.SetTrouble(kPeer, "connecting to b:2");
  EXPECT_EQ(registry_.Detail(kPeer), "connecting to b:2");
  registry_.SetOutgoing(kPeer, true);
  EXPECT_EQ(registry_.Detail(kPeer), "replica 11 has not called this replica yet");
  registry_.SetIncoming(kPeer, true);
  EXPECT_EQ(registry_.Detail(kPeer), "");
}

TEST_F(PeerRegistryTest, RefusesAReplicaThatLostItsMemory) {
  EXPECT_FALSE(registry_.Judge(HelloOf(11, 'a')).has_value());
  EXPECT_FALSE(registry_.Judge(HelloOf(12, 'b')).has_value());
  EXPECT_FALSE(registry_.Judge(HelloOf(11, 'a')).has_value());
  const std::optional<Refusal> refusal = registry_.Judge(HelloOf(11, 'b'));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, pb::HelloRefusal::REASON_MEMORY_LOST);
  EXPECT_EQ(
      refusal->text,
      "replica 11 has lost its memory: replica 10 knows it with store "
      "61616161616161616161616161616161 in its 1. run, now it comes with store "
      "62626262626262626262626262626262 in its 1. run. It has forgotten votes and may not come "
      "back like this: give it back the data directory that it had; with durability none, "
      "restart all replicas");
  EXPECT_FALSE(registry_.Judge(HelloOf(11, 'a')).has_value());
}

TEST_F(PeerRegistryTest, RemembersEachRunOfAPeerAndRefusesAnOlderOne) {
  EXPECT_FALSE(registry_.Judge(HelloOf(11, 'a', 4)).has_value());
  EXPECT_FALSE(registry_.Judge(HelloOf(11, 'a', 4)).has_value());
  EXPECT_FALSE(registry_.Judge(HelloOf(11, 'a', 6)).has_value());
  EXPECT_THAT(remembered_, ElementsAre("11 a 4", "11 a 6"));
  const std::optional<Refusal> refusal = registry_.Judge(HelloOf(11, 'a', 5));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, pb::HelloRefusal::REASON_MEMORY_LOST);
  EXPECT_THAT(refusal->text, HasSubstr("in its 6. run, now it comes with store "
                                       "61616161616161616161616161616161 in its 5. run"));
}

TEST_F(PeerRegistryTest, KnowsWhomEarlierRunsHaveMet) {
  PeerRegistry::Options options = MakeOptions();
  options.known[ReplicaId{11}] = {std::string(16, 'a'), 3};
  options.known[ReplicaId{77}] = {std::string(16, 'x'), 3};  // No member any more.
  PeerRegistry registry(options, channel_, clock_);
  EXPECT_TRUE(registry.Judge(HelloOf(11, 'b')).has_value());
  EXPECT_TRUE(registry.Judge(HelloOf(11, 'a', 2)).has_value());
  EXPECT_FALSE(registry.Judge(HelloOf(11, 'a', 3)).has_value());
  EXPECT_FALSE(registry.Judge(HelloOf(12, 'b')).has_value());
}

TEST_F(PeerRegistryTest, ARefusedHelloLeavesNoStoreIdBehind) {
  pb::Hello hello = HelloOf(11, 'a');
  hello.set_cluster_id("red");
  EXPECT_TRUE(registry_.Judge(hello).has_value());
  EXPECT_FALSE(registry_.Judge(HelloOf(11, 'b')).has_value());
}

}  // namespace
}  // namespace althing
