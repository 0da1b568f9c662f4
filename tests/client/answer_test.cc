#include "client/report/answer.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

using Operation = KeyCommand::Operation;

TEST(AnswerTest, JsonSaysWhatTheOperationMayAsk) {
  EXPECT_EQ(ResultJson({Operation::kGet, "k"}, {true, "v", 3}).dump(),
            R"({"key":"k","found":true,"value":"v","version":3})");
  EXPECT_EQ(ResultJson({Operation::kGet, "k"}, {false, "", 3}).dump(),
            R"({"key":"k","found":false,"version":3})");
  EXPECT_EQ(
      ResultJson({Operation::kDelete, "k", "", {.if_version = 3}}, {true, "v", 4, true}).dump(),
      R"({"key":"k","found":true,"value":"v","removed":0,"condition_failed":true,"version":4})");
  EXPECT_EQ(ResultJson({Operation::kAppend, "\xff", "v", {.if_value = "u"}}, {true, "", 4}).dump(),
            R"({"key_base64":"/w==","found":true,"condition_failed":false,"version":4})");
}

TEST(AnswerTest, JsonSaysWhereItHappenedAndWhetherItWasARepetition) {
  nlohmann::ordered_json object;
  Outcome outcome = {.instance = "2.17", .partition = 1, .replica = 4};
  AddPlace(object, outcome);
  EXPECT_EQ(object.dump(), R"({"instance":"2.17","partition":1,"replica":4})");
  outcome.repeated = true;
  AddPlace(object, outcome);
  EXPECT_EQ(object.dump(), R"({"instance":"2.17","partition":1,"replica":4,"repeated":true})");
}

TEST(AnswerTest, TextIsWhatPeopleExpect) {
  EXPECT_EQ(ResultText({Operation::kPut, "k", "v"}, {}, Encoding::kUtf8), "OK");
  EXPECT_EQ(ResultText({Operation::kAppend, "k", "v"}, {}, Encoding::kUtf8), "OK");
  EXPECT_EQ(ResultText({Operation::kDelete, "k"}, {.found = true}, Encoding::kUtf8), "1");
  EXPECT_EQ(ResultText({Operation::kDelete, "k"}, {}, Encoding::kUtf8), "0");
  EXPECT_EQ(ResultText({Operation::kGet, "k"}, {.found = true, .value = "v"}, Encoding::kHex),
            "76");
  EXPECT_EQ(FailedConditionText({.found = false, .version = 3}),
            "the condition failed: the key has no value and version 3");
}

}  // namespace
}  // namespace althing
