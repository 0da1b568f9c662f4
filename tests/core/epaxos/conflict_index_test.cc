#include "replica/core/epaxos/conflict_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/ids.h"

namespace althing {
namespace {

using testing::ElementsAre;

constexpr KeyHash kA{1}, kB{2};

std::vector<KeyAccess> Write(KeyHash key) { return {{key, true}}; }
std::vector<KeyAccess> Read(KeyHash key) { return {{key, false}}; }

std::vector<Slot> DepsOf(const ConflictIndex& index, const std::vector<KeyAccess>& keys) {
  Deps deps;
  index.RaiseDeps(keys, deps);
  return {deps.slots.begin(), deps.slots.begin() + 3};
}

TEST(ConflictIndexTest, ReadsDependOnWritesAndWritesOnBoth) {
  ConflictIndex index;
  index.Add(At(0, 1), Write(kA));
  index.Add(At(1, 1), Read(kA));
  EXPECT_THAT(DepsOf(index, Read(kA)), ElementsAre(1, 0, 0));
  EXPECT_THAT(DepsOf(index, Write(kA)), ElementsAre(1, 1, 0));
  EXPECT_THAT(DepsOf(index, Write(kB)), ElementsAre(0, 0, 0));
}

TEST(ConflictIndexTest, EveryKeyOfABatchContributes) {
  // Leaving the loop at the first key that raises a column would answer 3.
  ConflictIndex index;
  index.Add(At(1, 3), Write(kA));
  index.Add(At(1, 5), Write(kB));
  EXPECT_THAT(DepsOf(index, {{kA, true}, {kB, true}}), ElementsAre(0, 5, 0));
}

TEST(ConflictIndexTest, ForgetsOneCoordinatorsInstancesUpToASlot) {
  ConflictIndex index;
  for (const Slot slot : {1, 2, 3}) index.Add(At(0, slot), Write(kA));
  index.Add(At(0, 2), Read(kB));
  index.Add(At(1, 1), Read(kA));
  index.Forget({{kA, true}}, MemberIndex{0}, 2);
  EXPECT_THAT(DepsOf(index, Write(kA)), ElementsAre(3, 1, 0)) << "the last is still known";
  std::vector<InstanceId> left;
  index.AppendConflicts({kA, true}, MemberIndex{0}, 0, 9, left);
  EXPECT_THAT(left, ElementsAre(At(0, 3)));
  index.Forget({{kA, true}, {kB, false}}, MemberIndex{0}, 3);
  EXPECT_THAT(DepsOf(index, Write(kA)), ElementsAre(0, 1, 0));
  EXPECT_EQ(index.keys(), 1u) << "nobody else has touched B";
  index.Forget({{kA, false}}, MemberIndex{1}, 1);
  EXPECT_EQ(index.keys(), 0u);
  index.Forget({{kA, false}}, MemberIndex{1}, 1);
}

TEST(ConflictIndexTest, KeepsALatestInstancePerCoordinatorAndKind) {
  ConflictIndex index;
  index.Add(At(0, 1), Read(kA));
  index.Add(At(0, 2), Write(kA));  // Does not replace the read of the same key,
  index.Add(At(1, 4), Write(kA));  // nor what another coordinator did.
  EXPECT_THAT(DepsOf(index, Write(kA)), ElementsAre(2, 4, 0));
  index.Add(At(2, 9), Read(kA));
  EXPECT_THAT(DepsOf(index, Read(kA)), ElementsAre(2, 4, 0));
  EXPECT_THAT(DepsOf(index, Write(kA)), ElementsAre(2, 4, 9));
}

TEST(ConflictIndexTest, LeavesTheFrozenColumnAlone) {
  ConflictIndex index;
  index.Add(At(0, 7), Write(kA));
  index.Add(At(1, 2), Write(kA));
  Deps deps;
  index.RaiseDeps(Write(kA), MemberIndex{0}, deps);
  EXPECT_EQ(deps[MemberIndex{0}], 0u);
  EXPECT_EQ(deps[MemberIndex{1}], 2u);
}

TEST(ConflictIndexTest, AnOlderInstanceThatComesLateDoesNotLowerTheMaximum) {
  ConflictIndex index;
  index.Add(At(0, 5), Write(kA));
  index.Add(At(0, 2), Write(kA));
  index.Add(At(0, 4), Read(kA));
  EXPECT_THAT(DepsOf(index, Read(kA)), ElementsAre(5, 0, 0));
  std::vector<InstanceId> found;
  index.AppendConflicts({kA, true}, MemberIndex{0}, 2, 5, found);
  EXPECT_THAT(found, ElementsAre(At(0, 4), At(0, 5)));
  found.clear();
  index.AppendConflicts({kA, false}, MemberIndex{0}, 0, 4, found);
  EXPECT_THAT(found, ElementsAre(At(0, 2)));
}

}  // namespace
}  // namespace althing
