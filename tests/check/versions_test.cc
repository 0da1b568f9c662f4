#include "tests/check/versions.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/check/sample.h"

namespace althing::check {
namespace {

// The violation in words, and which operations show it: "... [0 2]". Else "right" or "undecided".
std::string InWords(const History& history) {
  const VersionResult result = CheckVersions(Pointers(history));
  if (result.verdict == Verdict::kLinearizable) return "right";
  if (result.verdict == Verdict::kUndecided) return "undecided";
  std::string words = result.why + " [";
  for (const Operation* culprit : result.culprits) {
    absl::StrAppend(&words, words.back() == '[' ? "" : " ", culprit - history.data());
  }
  return words + "]";
}

TEST(VersionsTest, AcceptsWhatOneStoreCouldAnswer) {
  EXPECT_EQ(InWords({}), "right");
  EXPECT_EQ(
      InWords({GetNone(0, {0, 9}), Put("a", 1, {1, 5}), Put("b", 2, {2, 6}), Get("a", 1, {4, 8}),
               Get("b", 2, {9, 10}), Delete(3, {10, 11}), GetNone(3, {12, 13}),
               CasVersion(3, "c", true, 4, {14, 15}), CasVersion(3, "d", false, 4, {16, 17})}),
      "right");
}

TEST(VersionsTest, WritesOfUnknownOutcomeFillTheGaps) {
  const Operation lost = Lost(Put("a", {}, {1, 5}));
  EXPECT_EQ(InWords({lost, Get("a", 1, {6, 7}), Put("b", 2, {8, 9})}), "right");
  EXPECT_EQ(InWords({lost, Put("b", 2, {8, 9})}), "right");
  EXPECT_EQ(InWords({lost, Lost(Delete({}, {1, 2})), GetNone(1, {6, 7}), Put("b", 3, {8, 9})}),
            "right");
  // The first gap must leave the later-called write to the second.
  EXPECT_EQ(InWords({Lost(Put("x", {}, {0, 1})), Put("b", 2, {2, 3}), Lost(Put("y", {}, {4, 5})),
                     Put("c", 4, {6, 7})}),
            "right");
  EXPECT_EQ(InWords({Lost(CasVersion(1, "c", true, {}, {0, 1})), Lost(Put("p", {}, {0, 1})),
                     Put("a", 1, {2, 3}), Put("b", 4, {4, 5})}),
            "right");
}

TEST(VersionsTest, NamesWhatComesTooLate) {
  EXPECT_EQ(InWords({Put("a", 1, {1, 2}), Put("b", 2, {3, 4}), Get("a", 1, {5, 6})}),
            "version 2 had been answered before the read of version 1 was called, so that one came "
            "too late [1 2]");
  EXPECT_EQ(InWords({Put("a", 1, {1, 2}), GetNone(0, {3, 4})}),
            "version 1 had been answered before the read of version 0 was called, so that one came "
            "too late [0 1]");
  EXPECT_EQ(
      InWords({Put("a", 2, {1, 2}), Put("b", 1, {3, 4})}),
      "version 2 had been answered before the write of version 1 was called, so that one came "
      "too late [0 1]");
  EXPECT_EQ(
      InWords({Get("a", 1, {1, 9}), Put("a", 1, {10, 11})}),
      "version 1 had been answered before the write of version 1 was called, so that one came "
      "too late [0 1]");
}

TEST(VersionsTest, NamesAnswersThatDoNotFitEachOther) {
  EXPECT_EQ(InWords({Put("a", 1, {1, 9}), Put("b", 1, {1, 9})}),
            "two writes were both given version 1 [0 1]");
  EXPECT_EQ(InWords({Put("a", 0, {1, 9})}), "it wrote, and still the version is 0 [0]");
  EXPECT_EQ(InWords({Put("a", 1, {1, 9}), Get("b", 1, {1, 9})}),
            "one answer shows that version 1 of the key has \"b\", but the other shows that it has "
            "\"a\" [0 1]");
  EXPECT_EQ(
      InWords({Get("b", 0, {1, 9})}),
      "one answer shows that version 0 of the key has \"b\", but a key that was never written "
      "has no value [0]");
  EXPECT_EQ(InWords({Put("a", 1, {1, 9}),
                     Sample(Kind::kDelete, "", {.found = false, .version = 2}, {1, 9})}),
            "one answer shows that version 1 of the key has no value, but the other shows that it "
            "has \"a\" [0 1]");
  EXPECT_EQ(InWords({Append("a", 1, {1, 2}), Append("b", 2, {3, 4}), Get("aab", 2, {5, 6})}),
            "one answer shows that version 2 of the key has \"aab\", but the other shows that it "
            "has \"ab\" [1 2]");
}

TEST(VersionsTest, NamesCasAnswersThatCannotBe) {
  const Operation put = Put("a", 1, {0, 1});
  EXPECT_EQ(InWords({put, CasVersion(1, "b", false, 1, {2, 3})}),
            "it was not applied although version 1 is what it expected [1]");
  EXPECT_EQ(InWords({put, CasValue("a", "b", false, 1, {2, 3})}),
            "it was not applied although version 1 is what it expected [0 1]");
  EXPECT_EQ(InWords({put, CasVersion(7, "b", true, 2, {2, 3})}),
            "it was applied although version 1 was not what it expected [1]");
  EXPECT_EQ(InWords({put, CasVersion(0, "b", true, 2, {2, 3})}),
            "one answer shows that version 1 of the key has no value, but the other shows that it "
            "has \"a\" [0 1]");
  EXPECT_EQ(InWords({put, CasValue("x", "b", true, 2, {2, 3})}),
            "one answer shows that version 1 of the key has \"x\", but the other shows that it has "
            "\"a\" [0 1]");
  EXPECT_EQ(
      InWords({put, Delete(2, {2, 3}), CasVersion(0, "b", false, 2, {4, 5})}),
      "one answer shows that version 2 of the key has some value, but the other shows that it "
      "has no value [1 2]");
}

TEST(VersionsTest, NamesVersionsThatNobodyWrote) {
  EXPECT_EQ(
      InWords({Put("a", 1, {0, 1}), Put("b", 3, {2, 3})}),
      "it tells of 3 writes, but only 2 can have been executed; one of them took effect twice, "
      "or a version was left out [1]");
  EXPECT_EQ(InWords({Get("x", UINT64_MAX, {0, 1})}),
            "it tells of 18446744073709551615 writes, but only 0 can have been executed; one of "
            "them took effect twice, or a version was left out [0]");
  EXPECT_EQ(
      InWords({Lost(Put("a", {}, {0, 1})), Get("x", 1, {2, 3})}),
      "it shows that version 1 of the key has \"x\", but no write that was called in time can "
      "have made it [1]");
  EXPECT_EQ(InWords({Put("b", 2, {2, 3}), Lost(Put("a", {}, {4, 5}))}),
            "it shows that the key had version 1 before, but no write that was called in time can "
            "have made it; perhaps one of them took effect twice [0]");
  EXPECT_EQ(InWords({Lost(Put("a", {}, {0, 1})), Get("a", 1, {2, 3}), Get("a", 2, {4, 5}),
                     Lost(Put("b", {}, {0, 1}))}),
            "it shows that version 2 of the key has \"a\", but every write that could have made it "
            "has another version [2]");
}

TEST(VersionsTest, LeavesToTheSearchWhatItCannotTell) {
  EXPECT_EQ(InWords({Put("a", kNoVersion, {0, 1})}), "undecided");
  EXPECT_EQ(InWords({Append("a", 1, {0, 1})}), "undecided");
  EXPECT_EQ(InWords({Lost(CasVersion(0, "a", true, {}, {0, 1}))}), "undecided");
  EXPECT_EQ(InWords({Lost(CasValue("a", "b", true, {}, {0, 1}))}), "undecided");
  EXPECT_EQ(InWords({Failed(Append("a", {}, {0, 1}))}), "right");
}

TEST(VersionsTest, IsFastOnOneHotKey) {
  History history;
  for (uint64_t i = 1; i <= 200'000; ++i) {
    const auto at = static_cast<int64_t>(10 * i);
    history.push_back(Put(absl::StrCat(i), i, {at, at + 500}));
  }
  EXPECT_EQ(InWords(history), "right");
}

}  // namespace
}  // namespace althing::check
