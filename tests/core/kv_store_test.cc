#include "replica/core/kv_store.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

std::string Apply(KvStore& store, pb::Operation operation, std::string_view key,
                  std::string_view value = "") {
  return store.Apply({operation, key, value}).ShortDebugString();
}

TEST(KvStoreTest, CountsEveryWriteOfAKey) {
  KvStore store;
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "k", "a"), "version: 1");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "k", "b"), "found: true version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "found: true value: \"b\" version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "other", ""), "version: 1");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "other"), "found: true version: 1");
}

TEST(KvStoreTest, ADeleteLeavesTheCounterSoThatNoVersionNamesTwoValues) {
  KvStore store;
  Apply(store, pb::OPERATION_PUT, "k", "a");
  EXPECT_EQ(Apply(store, pb::OPERATION_DELETE, "k"), "found: true version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_GET, "k"), "version: 2");
  EXPECT_EQ(Apply(store, pb::OPERATION_DELETE, "k"), "version: 3");
  EXPECT_EQ(Apply(store, pb::OPERATION_PUT, "k", "b"), "version: 4");
  EXPECT_EQ(store.keys(), 1u);
}

TEST(KvStoreTest, AReadOfAMissingKeyLeavesNothingBehind) {
  KvStore store;
  Apply(store, pb::OPERATION_GET, "k");
  EXPECT_EQ(store.keys(), 0u);
}

}  // namespace
}  // namespace althing
