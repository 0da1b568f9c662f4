// The judge of histories, on ones that are right and ones that are wrong.
#include "tests/process/history.h"

#include "gtest/gtest.h"

namespace althing {
namespace {

Operation Write(std::string value, uint64_t version, int64_t begin_ns, int64_t end_ns) {
  return {"k", true, true, std::move(value), version, begin_ns, end_ns};
}
Operation Read(std::string value, uint64_t version, int64_t begin_ns, int64_t end_ns) {
  return {"k", false, true, std::move(value), version, begin_ns, end_ns};
}
Operation LostWrite(std::string value, int64_t begin_ns, int64_t end_ns) {
  return {"k", true, false, std::move(value), 0, begin_ns, end_ns};
}

TEST(HistoryTest, AcceptsWhatOneStoreCouldAnswer) {
  EXPECT_EQ(FindContradiction({Read("", 0, 0, 9), Write("a", 1, 1, 5), Write("b", 2, 2, 6),
                               Read("a", 1, 4, 8), Read("b", 2, 9, 10)}),
            "");
  EXPECT_EQ(FindContradiction({LostWrite("a", 1, 5), Read("a", 1, 6, 7), Write("b", 2, 8, 9)}), "");
}

TEST(HistoryTest, NamesAReadOfAnOldValue) {
  EXPECT_EQ(
      FindContradiction({Write("a", 1, 1, 2), Write("b", 2, 3, 4), Read("a", 1, 5, 6)}),
      "key \"k\": read of \"a\" version 1 in [5, 6] came after the write of \"b\" version 2 in "
      "[3, 4]");
  EXPECT_NE(FindContradiction({Write("a", 1, 1, 9), Read("a", 1, 2, 3), Read("", 0, 4, 5)}), "");
}

TEST(HistoryTest, NamesALostWrite) {
  EXPECT_EQ(
      FindContradiction({Write("a", 1, 1, 2), Read("", 0, 3, 4)}),
      "key \"k\": read of \"\" version 0 in [3, 4] came after the write of \"a\" version 1 in "
      "[1, 2]");
}

TEST(HistoryTest, NamesAWriteThatHappenedTwice) {
  EXPECT_EQ(FindContradiction(
                {Write("a", 1, 1, 9), Read("a", 1, 2, 3), Read("a", 2, 4, 5), Write("b", 2, 1, 9)}),
            "key \"k\": read of \"a\" version 2 in [4, 5] but this version is of \"b\"");
}

TEST(HistoryTest, NamesVersionsThatDoNotFit) {
  EXPECT_EQ(FindContradiction({Write("a", 1, 1, 9), Write("b", 1, 1, 9)}),
            "key \"k\": write of \"b\" version 1 in [1, 9] has a version that another write has");
  EXPECT_EQ(
      FindContradiction({Write("a", 2, 1, 2), Write("b", 1, 3, 4)}),
      "key \"k\": write of \"b\" version 1 in [3, 4] came after the write of \"a\" version 2 in "
      "[1, 2]");
  EXPECT_EQ(
      FindContradiction({Read("a", 1, 1, 9), Write("a", 1, 10, 11)}),
      "key \"k\": write of \"a\" version 1 in [10, 11] came after the read of \"a\" version 1 "
      "in [1, 9]");
}

TEST(HistoryTest, NamesAValueThatNobodyWrote) {
  EXPECT_EQ(FindContradiction({Read("x", 1, 1, 2)}),
            "key \"k\": read of \"x\" version 1 in [1, 2] found a value that nobody wrote");
}

}  // namespace
}  // namespace althing
