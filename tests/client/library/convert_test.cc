#include "client/library/convert.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

using Operation = KeyCommand::Operation;

TEST(ConvertTest, MakesTheCommandsOfTheWire) {
  EXPECT_EQ(ToRequest({{Operation::kGet, "a"},
                       {Operation::kPut, "b", "v", {.if_absent = true}},
                       {Operation::kAppend, "c", "w", {.if_version = 3}},
                       {Operation::kDelete, "d", "", {.if_value = ""}}})
                .ShortDebugString(),
            "commands { operation: OPERATION_GET key: \"a\" } "
            "commands { operation: OPERATION_PUT key: \"b\" value: \"v\" if_version: 0 } "
            "commands { operation: OPERATION_APPEND key: \"c\" value: \"w\" if_version: 3 } "
            "commands { operation: OPERATION_DELETE key: \"d\" if_value: \"\" }");
}

TEST(ConvertTest, TellsWritesFromReads) {
  EXPECT_FALSE(Writes({{Operation::kGet, "a"}, {Operation::kGet, "b"}}));
  EXPECT_TRUE(Writes({{Operation::kGet, "a"}, {Operation::kDelete, "b"}}));
}

TEST(ConvertTest, MakesAnOutcomeOfAReply) {
  v1::ProposeReply reply;
  reply.mutable_instance()->set_coordinator(2);
  reply.mutable_instance()->set_slot(17);
  reply.set_partition(1);
  reply.set_replica(4);
  reply.set_repeated(true);
  v1::Result& result = *reply.add_results();
  result.set_found(true);
  result.set_value("v");
  result.set_version(3);
  const Outcome outcome = ToOutcome({.status = absl::OkStatus(), .answer = reply, .tries = 2},
                                    {{Operation::kPut, "k"}});
  EXPECT_EQ(outcome.written, Written::kYes);
  EXPECT_EQ(outcome.instance, "2.17");
  EXPECT_EQ(outcome.partition, 1u);
  EXPECT_EQ(outcome.replica, 4u);
  EXPECT_TRUE(outcome.repeated);
  EXPECT_EQ(outcome.tries, 2u);
  EXPECT_TRUE(outcome.found());
  EXPECT_EQ(outcome.value(), "v");
  EXPECT_EQ(outcome.version(), 3u);
}

TEST(ConvertTest, WhatWasWrittenIsKnownOnlyIfNothingIsUncertain) {
  const Failover::End refused = {.status = absl::UnavailableError("alone")};
  const Failover::End lost = {.status = absl::UnavailableError("broken"), .uncertain = true};
  const std::vector<KeyCommand> put = {{Operation::kPut, "k"}}, get = {{Operation::kGet, "k"}};
  EXPECT_EQ(ToOutcome(refused, put).written, Written::kNo);
  EXPECT_EQ(ToOutcome(lost, put).written, Written::kUnknown);
  EXPECT_EQ(ToOutcome(lost, get).written, Written::kNo);
}

TEST(ConvertTest, AReplyThatDoesNotFitIsAnError) {
  const Outcome outcome = ToOutcome({.status = absl::OkStatus(), .answer = v1::ProposeReply()},
                                    {{Operation::kPut, "k"}});
  EXPECT_EQ(outcome.status, absl::InternalError("replica 0 answered 1 commands with 0 results"));
  EXPECT_EQ(outcome.written, Written::kUnknown);
}

}  // namespace
}  // namespace althing
