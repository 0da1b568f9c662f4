#include "tests/sim/call_check.h"

#include <gtest/gtest.h>

namespace althing::sim {
namespace {

v1::Result Of(uint64_t version, const std::string& value = "") {
  v1::Result result;
  result.set_version(version);
  result.set_value(value);
  return result;
}
Call Put(const std::string& value, uint64_t called, uint64_t returned, uint64_t version) {
  return {true, {"k"}, value, called, returned, {Of(version)}};
}
Call Lost(const std::string& value, uint64_t called) { return {true, {"k"}, value, called, 0, {}}; }
Call Get(uint64_t called, uint64_t returned, uint64_t version, const std::string& value) {
  return {false, {"k"}, "", called, returned, {Of(version, value)}};
}

TEST(CallCheckTest, AcceptsWhatOneStoreCouldAnswer) {
  EXPECT_EQ(FindContradiction({Get(1, 9, 0, ""), Put("a", 1, 2, 1), Put("b", 1, 3, 2),
                               Get(1, 3, 1, "a"), Get(4, 5, 2, "b")}),
            "");
  // A lost write that was executed, one that was not, and one that nobody can tell.
  EXPECT_EQ(FindContradiction({Lost("x", 1), Put("b", 1, 3, 2), Get(4, 5, 2, "b")}), "");
  EXPECT_EQ(FindContradiction({Lost("x", 1), Put("b", 1, 3, 1)}), "");
  EXPECT_EQ(FindContradiction({Lost("x", 1), Put("b", 1, 3, 1), Get(4, 5, 2, "x")}), "");
}

TEST(CallCheckTest, SeesWhatNoStoreAnswers) {
  EXPECT_EQ(FindContradiction({Put("a", 1, 2, 1), Put("b", 1, 2, 1)}),
            "k: two writes of version 1");
  EXPECT_EQ(FindContradiction({Put("a", 1, 2, 1), Put("b", 1, 2, 3)}),
            "k: version 3 with 2 to 2 writes");
  EXPECT_EQ(FindContradiction({Put("a", 1, 2, 2)}), "k: version 2 with 1 to 1 writes");
  EXPECT_EQ(FindContradiction({Put("a", 1, 2, 1), Get(1, 2, 1, "b")}),
            "k: a read of version 1 has another value");
  EXPECT_EQ(FindContradiction({Lost("x", 1), Put("a", 1, 2, 1), Get(1, 2, 1, "x")}),
            "k: a read of version 1 has another value");
  // One lost write is no excuse for two.
  EXPECT_EQ(
      FindContradiction({Lost("x", 1), Put("a", 1, 2, 3), Get(1, 2, 1, "x"), Get(1, 2, 2, "x")}),
      "k: a read of version 2 has another value");
  EXPECT_EQ(FindContradiction({Put("a", 1, 2, 2), Put("b", 3, 4, 1)}),
            "k: version 1 after version 2 had been answered");
  EXPECT_EQ(FindContradiction({Put("a", 1, 2, 1), Get(3, 4, 0, "")}),
            "k: version 0 after version 1 had been answered");
}

TEST(CallCheckTest, SeesHalfARequest) {
  const Call both = {true, {"a", "b"}, "v", 1, 5, {Of(1), Of(1)}};
  const auto read = [](uint64_t a, uint64_t b) {
    return Call{false, {"a", "b"}, "", 1, 5, {Of(a, a > 0 ? "v" : ""), Of(b, b > 0 ? "v" : "")}};
  };
  EXPECT_EQ(FindContradiction({both, read(0, 0), read(1, 1)}), "");
  EXPECT_EQ(FindContradiction({both, read(0, 1)}), "v: a read saw one half of it");
  EXPECT_EQ(FindContradiction({both, read(1, 0)}), "v: a read saw one half of it");
}

}  // namespace
}  // namespace althing::sim
