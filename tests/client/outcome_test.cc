#include "client/outcome.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

using Code = absl::StatusCode;

struct Row {
  Code code;
  Written written;
  ExitCode exit;
};

TEST(OutcomeTest, EveryCodeOfAWriteThatWasSentHasItsMeaning) {
  const Row rows[] = {{Code::kOk, Written::kYes, kExitOk},
                      {Code::kCancelled, Written::kUnknown, kExitUnknown},
                      {Code::kUnknown, Written::kUnknown, kExitUnknown},
                      {Code::kInvalidArgument, Written::kNo, kExitInvalidInput},
                      {Code::kDeadlineExceeded, Written::kUnknown, kExitUnknown},
                      {Code::kNotFound, Written::kNo, kExitServerError},
                      {Code::kAlreadyExists, Written::kNo, kExitServerError},
                      {Code::kPermissionDenied, Written::kNo, kExitServerError},
                      {Code::kResourceExhausted, Written::kUnknown, kExitUnknown},
                      {Code::kFailedPrecondition, Written::kNo, kExitInvalidInput},
                      {Code::kAborted, Written::kUnknown, kExitUnknown},
                      {Code::kOutOfRange, Written::kNo, kExitInvalidInput},
                      {Code::kUnimplemented, Written::kNo, kExitServerError},
                      {Code::kInternal, Written::kUnknown, kExitUnknown},
                      {Code::kUnavailable, Written::kUnknown, kExitUnknown},
                      {Code::kDataLoss, Written::kUnknown, kExitUnknown},
                      {Code::kUnauthenticated, Written::kNo, kExitServerError}};
  for (const Row& row : rows) {
    const CallOutcome outcome = {absl::Status(row.code, "x"), true, true};
    EXPECT_EQ(WrittenBy(outcome), row.written) << row.code;
    EXPECT_EQ(ExitCodeOf(outcome), row.exit) << row.code;
  }
}

TEST(OutcomeTest, WhatWasNeverSentWroteNothing) {
  const CallOutcome refused = {absl::UnavailableError("x"), false, true};
  EXPECT_EQ(WrittenBy(refused), Written::kNo);
  EXPECT_EQ(ExitCodeOf(refused), kExitUnavailable);
  const CallOutcome late = {absl::DeadlineExceededError("x"), false, true};
  EXPECT_EQ(WrittenBy(late), Written::kNo);
  EXPECT_EQ(ExitCodeOf(late), kExitUnavailable);
}

TEST(OutcomeTest, TheLibrarysWordOnWhatWasWrittenStands) {
  const CallOutcome lost =
      CallOutcomeOf({.status = absl::FailedPreconditionError("the session is not open"),
                     .written = Written::kUnknown,
                     .tries = 2});
  EXPECT_TRUE(lost.sent);
  EXPECT_EQ(WrittenBy(lost), Written::kUnknown);
  EXPECT_EQ(ExitCodeOf(lost), kExitUnknown);
  const CallOutcome away = CallOutcomeOf({.status = absl::UnavailableError("x"), .tries = 2});
  EXPECT_EQ(WrittenBy(away), Written::kNo);
  EXPECT_EQ(ExitCodeOf(away), kExitUnavailable);
  EXPECT_FALSE(CallOutcomeOf({.status = absl::UnavailableError("x")}).sent);
}

TEST(OutcomeTest, WhatTheReplicaRefusedWroteNothing) {
  const CallOutcome away = {absl::UnavailableError("x"), true, true, true};
  EXPECT_EQ(WrittenBy(away), Written::kNo);
  EXPECT_EQ(ExitCodeOf(away), kExitUnavailable);
  const CallOutcome late = {absl::DeadlineExceededError("x"), true, true, true};
  EXPECT_EQ(WrittenBy(late), Written::kNo);
  EXPECT_EQ(ExitCodeOf(late), kExitUnknown);
  const CallOutcome quarantined = {absl::DataLossError("x"), true, true, true};
  EXPECT_EQ(ExitCodeOf(quarantined), kExitServerError);
}

TEST(OutcomeTest, AReadNeverWrites) {
  const CallOutcome broken = {absl::UnavailableError("x"), true, false};
  EXPECT_EQ(WrittenBy(broken), Written::kNo);
  EXPECT_EQ(ExitCodeOf(broken), kExitUnavailable);
  const CallOutcome late = {absl::DeadlineExceededError("x"), true, false};
  EXPECT_EQ(WrittenBy(late), Written::kNo);
  EXPECT_EQ(ExitCodeOf(late), kExitUnknown);
  const CallOutcome internal = {absl::InternalError("x"), true, false};
  EXPECT_EQ(ExitCodeOf(internal), kExitServerError);
}

TEST(OutcomeTest, AnErrorLineSaysWhatHappenedWhetherItWasWrittenAndWhatToDo) {
  EXPECT_EQ(ErrorLine("put", "replica 2 (b:7)",
                      {absl::DeadlineExceededError("Deadline\nExceeded."), true, true}),
            "error: put: replica 2 (b:7): DEADLINE_EXCEEDED: Deadline Exceeded. Written: unknown. "
            "Get the key to see whether the write took effect before you repeat it.");
  EXPECT_EQ(ErrorLine("get", "", {absl::UnavailableError("nobody there"), false, false}),
            "error: get: UNAVAILABLE: nobody there. Written: no. Check that the replicas run and "
            "that --config or --endpoints names their client ports.");
  EXPECT_EQ(InputErrorLine("put", absl::InvalidArgumentError("the key is empty.")),
            "error: put: the key is empty. Written: no.");
}

}  // namespace
}  // namespace althing
