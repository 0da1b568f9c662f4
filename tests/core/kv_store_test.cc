#include "replica/core/kv_store.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "replica/core/random.h"

namespace althing {
namespace {

// The reply as text, or the error.
std::string Apply(KvStore& store, const CommandView& command) {
  pb::ProposeReply reply;
  const absl::Status status = store.Apply({command}, reply);
  return status.ok() ? reply.results(0).ShortDebugString() : status.ToString();
}
std::string Apply(KvStore& store, pb::Operation operation, std::string_view key,
                  std::string_view value = "") {
  return Apply(store, {operation, key, value, {}});
}
Condition IfVersion(uint64_t version) { return {Condition::Kind::kVersion, version, {}}; }
Condition IfValue(std::string_view value) { return {Condition::Kind::kValue, 0, value}; }

TEST(KvStoreTest, CountsEveryWriteOfAKey) {
  KvStore store(100);
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "k", "a"), "version: 1");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "k", "b"), "found: true version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "found: true value: \"b\" version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "other", ""), "version: 1");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "other"), "found: true version: 1");
}

TEST(KvStoreTest, EqualContentsHaveEqualDigestsInWhateverOrderTheyCame) {
  KvStore a(100), b(100);
  Apply(a, pb::OPERATION_PUT, "k", "v");
  EXPECT_NE(a.Digest(), b.Digest());
  Apply(a, pb::OPERATION_PUT, "l", "w");
  Apply(b, pb::OPERATION_PUT, "l", "w");
  Apply(b, pb::OPERATION_PUT, "k", "v");
  EXPECT_EQ(a.Digest(), b.Digest());
  Apply(b, pb::OPERATION_PUT, "k", "v");  // The same value in another version.
  EXPECT_NE(a.Digest(), b.Digest());
  Apply(a, pb::OPERATION_DELETE, "k");
  EXPECT_NE(a.Digest(), b.Digest());
}

TEST(KvStoreTest, ADeleteLeavesTheCounterSoThatNoVersionNamesTwoValues) {
  KvStore store(100);
  Apply(store, pb::OPERATION_PUT, "k", "a");
  EXPECT_EQ(Apply(store, pb::OPERATION_DELETE, "k"), "found: true version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_DELETE, "k"), "version: 3");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "k", "b"), "version: 4");
  EXPECT_EQ(store.keys(), 1u);
}

TEST(KvStoreTest, AReadOfAMissingKeyLeavesNothingBehind) {
  KvStore store(100);
  Apply(store, pb::OPERATION_GET, "k");
  EXPECT_EQ(store.keys(), 0u);
}

TEST(KvStoreTest, AppendsToWhatIsThere) {
  KvStore store(4);
  EXPECT_EQ(Apply(store, pb::OPERATION_APPEND, "k", "ab"), "version: 1");
  EXPECT_EQ(Apply(store, pb::OPERATION_APPEND, "k", "cd"), "found: true version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_APPEND, "k", "e"),
            "RESOURCE_EXHAUSTED: the value would have 5 bytes; the limit is 4 "
            "(limits.value_bytes_max); nothing was appended");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "found: true value: \"abcd\" version: 2");
  Apply(store, pb::OPERATION_DELETE, "k");
  EXPECT_EQ(Apply(store, pb::OPERATION_APPEND, "k", "x"), "version: 4");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "found: true value: \"x\" version: 4");
}

TEST(KvStoreTest, WritesOnlyIfTheVersionIsTheExpectedOne) {
  KvStore store(100);
  EXPECT_EQ(Apply(store, {pb::OPERATION_PUT, "k", "a", IfVersion(3)}), "condition_failed: true");
  EXPECT_EQ(store.keys(), 0u);
  EXPECT_EQ(Apply(store, {pb::OPERATION_PUT, "k", "a", IfVersion(0)}), "version: 1");
  EXPECT_EQ(Apply(store, {pb::OPERATION_PUT, "k", "b", IfVersion(0)}),
            "found: true value: \"a\" version: 1 condition_failed: true");
  EXPECT_EQ(Apply(store, {pb::OPERATION_DELETE, "k", "", IfVersion(1)}), "found: true version: 2");
  // 0 means: no value, whatever was there before.
  EXPECT_EQ(Apply(store, {pb::OPERATION_PUT, "k", "c", IfVersion(1)}),
            "version: 2 condition_failed: true");
  EXPECT_EQ(Apply(store, {pb::OPERATION_PUT, "k", "c", IfVersion(0)}), "version: 3");
}

TEST(KvStoreTest, WritesOnlyIfTheValueIsTheExpectedOne) {
  KvStore store(100);
  EXPECT_EQ(Apply(store, {pb::OPERATION_PUT, "k", "a", IfValue("")}), "condition_failed: true");
  Apply(store, pb::OPERATION_PUT, "k", "");
  EXPECT_EQ(Apply(store, {pb::OPERATION_APPEND, "k", "a", IfValue("")}), "found: true version: 2");
  EXPECT_EQ(Apply(store, {pb::OPERATION_DELETE, "k", "", IfValue("b")}),
            "found: true value: \"a\" version: 2 condition_failed: true");
}

std::string ApplyAll(KvStore& store, const std::vector<CommandView>& commands) {
  pb::ProposeReply reply;
  const absl::Status status = store.Apply(commands, reply);
  return status.ok() ? reply.ShortDebugString() : status.ToString();
}

TEST(KvStoreTest, TheCommandsOfARequestSeeEachOther) {
  KvStore store(100);
  EXPECT_EQ(ApplyAll(store, {{pb::OPERATION_PUT, "a", "1", {}},
                             {pb::OPERATION_GET, "a", "", {}},
                             {pb::OPERATION_APPEND, "a", "2", IfVersion(1)},
                             {pb::OPERATION_GET, "b", "", {}}}),
            "results { version: 1 } results { found: true value: \"1\" version: 1 } "
            "results { found: true version: 2 } results { }");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "a"), "found: true value: \"12\" version: 2");
}

TEST(KvStoreTest, AConditionThatFailsLeavesAllKeysAsTheyWere) {
  KvStore store(100);
  Apply(store, pb::OPERATION_PUT, "a", "old");
  EXPECT_EQ(ApplyAll(store, {{pb::OPERATION_PUT, "a", "1", {}},
                             {pb::OPERATION_PUT, "new", "1", {}},
                             {pb::OPERATION_DELETE, "a", "", {}},
                             {pb::OPERATION_GET, "a", "", {}},
                             {pb::OPERATION_PUT, "a", "2", IfVersion(7)}}),
            "results { found: true version: 1 } results { } results { found: true version: 1 } "
            "results { found: true value: \"old\" version: 1 } "
            "results { found: true value: \"old\" version: 1 condition_failed: true }");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "a"), "found: true value: \"old\" version: 1");
  EXPECT_EQ(store.keys(), 1u);
}

TEST(KvStoreTest, AValueThatWouldBeTooLongLeavesAllKeysAsTheyWere) {
  KvStore store(2);
  EXPECT_EQ(
      ApplyAll(store, {{pb::OPERATION_PUT, "a", "12", {}}, {pb::OPERATION_APPEND, "a", "3", {}}}),
      "RESOURCE_EXHAUSTED: the value would have 3 bytes; the limit is 2 "
      "(limits.value_bytes_max); nothing was appended");
  EXPECT_EQ(store.keys(), 0u);
}

TEST(KvStoreTest, ARequestReturnsNoMoreThanFourValuesMayHold) {
  KvStore store(3);
  Apply(store, pb::OPERATION_PUT, "k", "123");
  const CommandView get{pb::OPERATION_GET, "k", {}, {}};
  EXPECT_EQ(ApplyAll(store, {get, get, get, get}).substr(0, 7), "results");
  EXPECT_EQ(ApplyAll(store, {{pb::OPERATION_PUT, "new", "1", {}}, get, get, get, get, get}),
            "RESOURCE_EXHAUSTED: the values that the request reads have more than 12 bytes (4 x "
            "limits.value_bytes_max); read them in several requests; nothing was written");
  EXPECT_EQ(store.keys(), 1u);
}

// Commands of all kinds on a few keys, some of which fail together.
void ApplyRandomly(Random& random, KvStore& store) {
  const auto key = [&] { return absl::StrCat("k", random.Below(12)); };
  const std::string a = key(), b = key(), value = absl::StrCat(random.Below(1000));
  constexpr pb::Operation kWrites[] = {pb::OPERATION_PUT, pb::OPERATION_APPEND,
                                       pb::OPERATION_DELETE};
  const pb::Operation write = kWrites[random.Below(3)];
  pb::ProposeReply reply;
  const Condition condition = random.Below(2) == 0 ? IfVersion(random.Below(3)) : Condition{};
  store.Apply({{write, a, value, {}}, {write, b, value, condition}}, reply).IgnoreError();
}

TEST(KvStoreTest, WhatIsCopiedOnWriteComesInBoundedSlicesToo) {
  KvStore store(1 << 20);
  for (char key = 'a'; key < 'i'; ++key) {
    Apply(store, pb::OPERATION_PUT, std::string(1, key), std::string(200 << 10, key));
  }
  store.BeginSnapshot();
  for (char key = 'a'; key < 'i'; ++key) Apply(store, pb::OPERATION_DELETE, std::string(1, key));
  int entries = 0;
  for (bool more = true; more;) {
    pb::CheckpointPiece piece;
    more = store.TakeSnapshot(1000, piece);
    EXPECT_LE(piece.ByteSizeLong(), 3 * kSliceBytesMax);
    entries += piece.entries_size();
    for (const auto& entry : piece.entries()) EXPECT_EQ(entry.value().size(), 200u << 10);
  }
  EXPECT_EQ(entries, 8);
}

TEST(KvStoreTest, ASnapshotIsThatOfOneMomentHoweverItIsSliced) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    KvStore store(100);
    for (uint64_t i = random.Below(40); i > 0; --i) ApplyRandomly(random, store);
    for (int snapshot = 0; snapshot < 2; ++snapshot) {
      const uint64_t digest = store.Digest();
      const size_t keys = store.keys();
      store.BeginSnapshot();
      KvStore copy(100);
      for (bool more = true; more;) {
        for (uint64_t i = random.Below(4); i > 0; --i) ApplyRandomly(random, store);
        pb::CheckpointPiece piece;
        more = store.TakeSnapshot(1 + random.Below(3), piece);
        ASSERT_TRUE(copy.Restore(piece).ok());
      }
      ASSERT_EQ(copy.Digest(), digest);
      ASSERT_EQ(copy.keys(), keys);
    }
  }
}

TEST(KvStoreTest, ASliceIsBoundedInEntriesAndInBytes) {
  KvStore store(1 << 20);
  for (int i = 0; i < 10; ++i) Apply(store, pb::OPERATION_PUT, absl::StrCat(i), "v");
  store.BeginSnapshot();
  pb::CheckpointPiece small, rest;
  EXPECT_TRUE(store.TakeSnapshot(4, small));
  EXPECT_EQ(small.entries_size(), 4);
  EXPECT_FALSE(store.TakeSnapshot(100, rest));
  EXPECT_EQ(rest.entries_size(), 6);
  for (int i = 0; i < 10; ++i) {
    Apply(store, pb::OPERATION_PUT, absl::StrCat(i), std::string(200'000, 'v'));
  }
  store.BeginSnapshot();
  pb::CheckpointPiece large;
  EXPECT_TRUE(store.TakeSnapshot(100, large));
  EXPECT_EQ(large.entries_size(), 2);
}

TEST(KvStoreTest, AKeyThatComesTwiceIsDamage) {
  KvStore store(100);
  pb::CheckpointPiece piece;
  piece.add_entries()->set_key("k");
  EXPECT_TRUE(store.Restore(piece).ok());
  EXPECT_TRUE(absl::IsDataLoss(store.Restore(piece)));
}

}  // namespace
}  // namespace althing
