#include "tests/check/model.h"

#include <gtest/gtest.h>

#include "tests/check/sample.h"

namespace althing::check {
namespace {

constexpr Times kAny = {0, 1};
const State kNew = {};
const State kSet = {true, "a", 4};
const State kDeleted = {false, "", 5};

TEST(ModelTest, EachWriteCountsAndDeletesToo) {
  EXPECT_EQ(After(kNew, Put("a", {}, kAny)), (State{true, "a", 1}));
  EXPECT_EQ(After(kSet, Put("", {}, kAny)), (State{true, "", 5}));
  EXPECT_EQ(After(kSet, Delete({}, kAny)), kDeleted);
  EXPECT_EQ(After(kNew, Delete({}, kAny)), (State{false, "", 1}));
  EXPECT_EQ(After(kSet, Append("b", {}, kAny)), (State{true, "ab", 5}));
  EXPECT_EQ(After(kDeleted, Append("b", {}, kAny)), (State{true, "b", 6}));
  EXPECT_EQ(After(kSet, Get("x", {}, kAny)), kSet);
}

TEST(ModelTest, ACasWritesOnlyIfItsExpectationHolds) {
  EXPECT_EQ(After(kSet, CasVersion(4, "b", true, {}, kAny)), (State{true, "b", 5}));
  EXPECT_EQ(After(kSet, CasVersion(3, "b", true, {}, kAny)), kSet);
  EXPECT_EQ(After(kSet, CasVersion(0, "b", true, {}, kAny)), kSet);
  EXPECT_EQ(After(kNew, CasVersion(0, "b", true, {}, kAny)), (State{true, "b", 1}));
  EXPECT_EQ(After(kDeleted, CasVersion(0, "b", true, {}, kAny)), (State{true, "b", 6}));
  EXPECT_EQ(After(kDeleted, CasVersion(5, "b", true, {}, kAny)), (State{true, "b", 6}));
  EXPECT_EQ(After(kSet, CasValue("a", "b", true, {}, kAny)), (State{true, "b", 5}));
  EXPECT_EQ(After(kSet, CasValue("b", "b", true, {}, kAny)), kSet);
  EXPECT_EQ(After(kDeleted, CasValue("", "b", true, {}, kAny)), kDeleted);
}

TEST(ModelTest, AnAnswerFitsOneStateOnly) {
  EXPECT_TRUE(Answers(kSet, Get("a", 4, kAny)));
  EXPECT_FALSE(Answers(kSet, Get("b", 4, kAny)));
  EXPECT_FALSE(Answers(kSet, Get("a", 3, kAny)));
  EXPECT_FALSE(Answers(kSet, GetNone(4, kAny)));
  EXPECT_TRUE(Answers(kDeleted, GetNone(5, kAny)));
  EXPECT_FALSE(Answers(kDeleted, Get("", 5, kAny)));
  EXPECT_TRUE(Answers(kSet, Put("b", 5, kAny)));
  EXPECT_FALSE(Answers(kSet, Put("b", 4, kAny)));
  EXPECT_TRUE(Answers(kSet, Sample(Kind::kDelete, "", {.found = true}, kAny)));
  EXPECT_FALSE(Answers(kNew, Sample(Kind::kDelete, "", {.found = true}, kAny)));
}

TEST(ModelTest, ACasAnswersWhetherItWrote) {
  EXPECT_TRUE(Answers(kSet, CasVersion(4, "b", true, 5, kAny)));
  EXPECT_FALSE(Answers(kSet, CasVersion(4, "b", false, 4, kAny)));
  EXPECT_TRUE(Answers(kSet, CasVersion(3, "b", false, 4, kAny)));
  EXPECT_FALSE(Answers(kSet, CasVersion(3, "b", true, 4, kAny)));
}

TEST(ModelTest, WhatAnAnswerLeavesOutMatchesAnything) {
  EXPECT_TRUE(Answers(kSet, Get("a", {}, kAny)));
  EXPECT_TRUE(Answers(kSet, Put("b", {}, kAny)));
  EXPECT_TRUE(Answers(kSet, Lost(Put("b", {}, kAny))));
}

}  // namespace
}  // namespace althing::check
