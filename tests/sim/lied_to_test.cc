// Replicas of which one was lied to: the lie costs the liar's instances, and the others are served
// on.
#include <gtest/gtest.h>

#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

// "Member 2 has used so many slots", says member 1.
Message LieAboutMember2(Slot highest) {
  Message lie{MemberIndex{1}, MemberIndex{0}, {}};
  auto& commit = *lie.envelope.mutable_commit();
  commit.mutable_id()->set_coordinator(1);
  commit.mutable_id()->set_slot(1);
  commit.set_noop(true);
  for (const Slot slot : {Slot{0}, Slot{0}, highest}) commit.add_deps(slot);
  return lie;
}

// Member 0 asks 2, since 1 is away, until it has executed what 2 has.
void CatchUp(Cluster& cluster) {
  cluster.SetReachable(0, 1, false);
  for (int i = 0; i < 20 && cluster.Sum(0, Event::Kind::kExecutedCommands) == 0; ++i) {
    cluster.Advance(50);
    cluster.Deliver(Not(From(1)));
    cluster.Drop();
  }
  EXPECT_EQ(cluster.Sum(0, Event::Kind::kExecutedCommands), 1);
  EXPECT_TRUE(cluster.CheckInvariants().ok());
}

TEST(LiedToTest, WhatWasLostIsStillFetchedFromAMemberThatWasLiedAbout) {
  Cluster cluster({.n = 3, .thrifty = false});
  cluster.Inject(LieAboutMember2(Slot{1} << 50));
  cluster.Deliver();
  const RequestId request = cluster.Propose(2, pb::OPERATION_PUT, "k", "v");
  // Members 1 and 2 decide it, and 0 hears nothing of it.
  cluster.Drop(To(0));
  for (int i = 0; i < 5 && cluster.replies(request).empty(); ++i) {
    cluster.Deliver(Not(To(0)));
    cluster.Drop();
    cluster.Advance(3);
  }
  ASSERT_EQ(cluster.replies(request).size(), 1);
  CatchUp(cluster);
}

// A payload of 2.1 is known, so it is probed for beside one that 2 has never used.
TEST(LiedToTest, AQuestionAboutASlotThatWasNeverUsedKeepsNoAnswerBack) {
  Cluster cluster({.n = 3});
  Message lie{MemberIndex{1}, MemberIndex{0}, {}};
  cluster.Propose(2, pb::OPERATION_PUT, "k", "v");
  for (const Message& message : cluster.waiting()) {
    if (message.envelope.has_pre_accept()) {
      lie.envelope.mutable_payload()->set_payload(message.envelope.pre_accept().payload());
    }
  }
  cluster.Deliver(Not(OfType(pb::Envelope::kCommit)));
  cluster.Drop(OfType(pb::Envelope::kCommit));
  lie.envelope.mutable_payload()->mutable_id()->set_coordinator(2);
  lie.envelope.mutable_payload()->mutable_id()->set_slot(9);
  cluster.Inject(lie);
  cluster.Deliver(From(1));
  CatchUp(cluster);
}

}  // namespace
}  // namespace althing::sim
