#include "replica/core/session_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "replica/core/kv_store.h"

namespace althing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t kLease = 100;

// One replica's table and store; each request executes as an instance of its own.
class SessionTableTest : public testing::Test {
 protected:
  static SessionTable::Options Options(int self) {
    return {.self = MemberIndex{static_cast<uint8_t>(self)},
            .members = 5,
            .lease_ticks = kLease,
            .sessions_max = 2,
            .answers_max = 3};
  }

  std::string Execute(const RequestView& request) {
    pb::ProposeReply reply;
    const SessionTable::Place place{now_, {next_slot_++, MemberIndex{1}}, 0};
    const absl::Status status = table_.Execute(place, request, store_, reply);
    if (!status.ok()) return status.ToString();
    std::string text = reply.repeated() ? "repeated " : "";
    for (const pb::Result& result : reply.results()) absl::StrAppend(&text, result.version(), " ");
    return absl::StrCat(text, "by ", reply.instance().slot());
  }
  SessionId Open() {
    RequestView open;
    open.act = RequestView::Act::kOpen;
    const SessionId id{{next_slot_, MemberIndex{1}}, 0};
    Execute(open);
    return id;
  }
  static RequestView Act(SessionId session, RequestView::Act act) {
    RequestView request;
    request.session = session;
    request.act = act;
    return request;
  }
  static RequestView Write(SessionId session, uint64_t number, const char* key = "k",
                           const char* value = "v") {
    RequestView request;
    request.session = session;
    request.number = number;
    request.commands.push_back({pb::OPERATION_APPEND, key, value, {}});
    return request;
  }
  std::string Trim(SessionId session, uint64_t below) {
    RequestView request = Act(session, RequestView::Act::kTrim);
    request.trim_below = below;
    return Execute(request);
  }
  std::string Value(const char* key) {
    pb::ProposeReply reply;
    const CommandView get{pb::OPERATION_GET, key, {}, {}};
    EXPECT_TRUE(store_.Apply({get}, reply).ok());
    return reply.results(0).value();
  }
  // The slots and counts of the closings that are due.
  static std::vector<std::string> Expired(SessionTable& table, uint64_t now, size_t max = 100) {
    std::vector<std::string> texts;
    for (const std::string& bytes : table.TakeExpired(LogicalTime{now}, max)) {
      RequestReader reader(bytes);
      RequestView request;
      EXPECT_TRUE(reader.Next(&request));
      texts.push_back(absl::StrCat(request.session->instance.slot, " if ",
                                   request.close_if_executed.value_or(9999)));
    }
    return texts;
  }

  KvStore store_{10};
  SessionTable table_{Options(1)};
  LogicalTime now_{1000};
  Slot next_slot_ = 1;
};

constexpr char kGone[] =
    "FAILED_PRECONDITION: the session is not open: it expired or was closed; the outcome of its "
    "unanswered requests is unknown; open another session";

TEST_F(SessionTableTest, TheDigestTellsWhatIsKept) {
  std::vector<uint64_t> digests{table_.Digest()};
  const SessionId session = Open();
  digests.push_back(table_.Digest());
  Execute(Write(session, 1));
  digests.push_back(table_.Digest());
  Trim(session, 2);
  digests.push_back(table_.Digest());
  EXPECT_EQ(std::set<uint64_t>(digests.begin(), digests.end()).size(), digests.size());
  // When a session was seen is each replica's own.
  now_ = LogicalTime{now_.value + 1};
  EXPECT_EQ(table_.Digest(), digests.back());
}

TEST_F(SessionTableTest, ARequestTakesEffectOnceAndKeepsItsFirstAnswer) {
  const SessionId session = Open();
  EXPECT_EQ(Execute(Write(session, 1)), "1 by 2");
  EXPECT_EQ(Execute(Write(session, 2)), "2 by 3");
  EXPECT_EQ(Execute(Write(session, 1)), "repeated 1 by 2");
  EXPECT_EQ(Value("k"), "vv");
  const SessionTable::Counts counts = table_.TakeCounts();
  EXPECT_EQ(counts.opened, 1u);
  EXPECT_EQ(counts.repeated, 1u);
}

TEST_F(SessionTableTest, WithoutASessionEachTakesEffect) {
  RequestView request = Write({}, 0);
  request.session.reset();
  EXPECT_EQ(Execute(request), "1 by 1");
  EXPECT_EQ(Execute(request), "2 by 2");
}

TEST_F(SessionTableTest, AnErrorIsAnAnswerToo) {
  const SessionId session = Open();
  Execute(Write(session, 1, "k", "0123456789"));
  const std::string error = Execute(Write(session, 2, "k", "x"));
  EXPECT_THAT(error, testing::HasSubstr("RESOURCE_EXHAUSTED"));
  RequestView remove = Write(session, 3);
  remove.commands[0] = {pb::OPERATION_DELETE, "k", {}, {}};
  Execute(remove);
  EXPECT_EQ(Execute(Write(session, 2, "k", "x")), error);
}

TEST_F(SessionTableTest, AConditionThatFailedFailsAgainWhateverTheKeyHoldsByThen) {
  const SessionId session = Open();
  RequestView put = Write(session, 1);
  put.commands[0] = {pb::OPERATION_PUT, "k", "v", {Condition::Kind::kVersion, 1, {}}};
  EXPECT_EQ(Execute(put), "0 by 2");
  Execute(Write(session, 2));
  EXPECT_EQ(Execute(put), "repeated 0 by 2");
  EXPECT_EQ(Value("k"), "v");
}

TEST_F(SessionTableTest, ReadsAreRunAgain) {
  const SessionId session = Open();
  RequestView get = Write(session, 1);
  get.commands[0] = {pb::OPERATION_GET, "k", {}, {}};
  EXPECT_EQ(Execute(get), "0 by 2");
  Execute(Write(session, 2));
  EXPECT_EQ(Execute(get), "1 by 4");
}

// Two requests under one number that write different keys do not conflict, so replicas may meet
// them in different orders: all must do the same.
TEST_F(SessionTableTest, OneNumberForTwoKeysIsTwoRequestsInWhateverOrder) {
  const SessionId session = Open();
  Execute(Write(session, 1, "a"));
  Execute(Write(session, 1, "b"));
  Execute(Write(session, 1, "a"));
  EXPECT_EQ(Value("a") + Value("b"), "vv");
}

TEST_F(SessionTableTest, WhatIsTrimmedIsRefusedAndTheRestKept) {
  const SessionId session = Open();
  for (uint64_t number : {1, 2, 3}) Execute(Write(session, number));
  EXPECT_EQ(Trim(session, 3), "by 5");
  EXPECT_EQ(Execute(Write(session, 2)),
            "FAILED_PRECONDITION: the session was trimmed below 3, and request 2 with it: its "
            "client had its answer");
  EXPECT_EQ(Execute(Write(session, 3)), "repeated 3 by 4");
  EXPECT_EQ(Trim(session, 1), "by 8");  // The mark never goes back.
  EXPECT_EQ(Execute(Write(session, 2)).substr(0, 12), "FAILED_PRECO");
  EXPECT_EQ(Value("k"), "vvv");
}

TEST_F(SessionTableTest, NothingIsExecutedInASessionThatIsNotOpen) {
  const SessionId session = Open();
  EXPECT_EQ(Execute(Act(session, RequestView::Act::kClose)), "by 2");
  EXPECT_EQ(Execute(Write(session, 1)), kGone);
  EXPECT_EQ(Execute(Act(session, RequestView::Act::kKeep)), kGone);
  EXPECT_EQ(Trim(session, 2), kGone);
  EXPECT_EQ(Execute(Act(session, RequestView::Act::kClose)), "by 6");
  EXPECT_EQ(Value("k"), "");
  EXPECT_EQ(table_.open(), 0u);
  const SessionTable::Counts counts = table_.TakeCounts();
  EXPECT_EQ(counts.closed, 1u);
  EXPECT_EQ(counts.expired, 0u);
}

TEST_F(SessionTableTest, AdmitsWithinItsBounds) {
  RequestView open;
  open.act = RequestView::Act::kOpen;
  const SessionId session = Open();
  EXPECT_TRUE(table_.Admit(open).ok());
  Open();
  EXPECT_EQ(table_.Admit(open).message(),
            "2 sessions are open in this partition; the limit is 2 (limits.sessions_max); close "
            "some");
  for (uint64_t number : {1, 2, 3}) {
    EXPECT_TRUE(table_.Admit(Write(session, number)).ok());
    Execute(Write(session, number));
  }
  EXPECT_EQ(table_.Admit(Write(session, 4)).message(),
            "the session keeps 3 answers; the limit is 3 (limits.session_answers_max); trim it "
            "below what was answered");
  EXPECT_TRUE(table_.Admit(Act(session, RequestView::Act::kTrim)).ok());
  // A repetition needs no room, nor does a read.
  EXPECT_TRUE(table_.Admit(Write(session, 2)).ok());
  RequestView get = Write(session, 5);
  get.commands[0] = {pb::OPERATION_GET, "k", {}, {}};
  EXPECT_TRUE(table_.Admit(get).ok());
  Trim(session, 3);
  EXPECT_TRUE(table_.Admit(Write(session, 4)).ok());
  // Whether a session is open is found out in the order of execution.
  EXPECT_TRUE(table_.Admit(Write({{77, MemberIndex{0}}, 0}, 1)).ok());
}

TEST_F(SessionTableTest, ASilentSessionExpires) {
  EXPECT_EQ(table_.next_expiry(), kNever);
  const SessionId session = Open();  // At 1000, by member 1: this one's turn first.
  now_.value += 50;
  Open();
  EXPECT_EQ(table_.next_expiry(), LogicalTime{1100});
  EXPECT_THAT(Expired(table_, 1099), IsEmpty());
  EXPECT_THAT(Expired(table_, 1100), ElementsAre("1 if 0"));
  EXPECT_THAT(Expired(table_, 1100), IsEmpty());  // Once.
  EXPECT_EQ(table_.next_expiry(), LogicalTime{1150});
  RequestView close = Act(session, RequestView::Act::kClose);
  close.close_if_executed = 0;
  Execute(close);
  EXPECT_EQ(table_.open(), 1u);
  EXPECT_EQ(table_.TakeCounts().expired, 1u);
}

TEST_F(SessionTableTest, ASignOfLifeKeepsTheSessionOpenAgainstAClosingThatDidNotSeeIt) {
  const SessionId session = Open();
  ASSERT_THAT(Expired(table_, 1100), ElementsAre("1 if 0"));
  now_ = LogicalTime{1100};
  Execute(Act(session, RequestView::Act::kKeep));  // Came in between.
  RequestView close = Act(session, RequestView::Act::kClose);
  close.close_if_executed = 0;
  Execute(close);
  EXPECT_EQ(Execute(Write(session, 1)), "1 by 4");
  // It is watched again, from the last sign of life.
  EXPECT_EQ(table_.next_expiry(), LogicalTime{1200});
  EXPECT_THAT(Expired(table_, 1200), ElementsAre("1 if 2"));
}

TEST_F(SessionTableTest, RepetitionsAndRefusalsAreSignsOfLifeEverywhereAlike) {
  const SessionId session = Open();
  Execute(Write(session, 1));
  Execute(Write(session, 1));
  Trim(session, 2);
  Execute(Write(session, 1));
  EXPECT_THAT(Expired(table_, 5000), ElementsAre("1 if 4"));
}

TEST_F(SessionTableTest, TheOthersWaitTheirTurn) {
  std::vector<uint64_t> due;
  for (int self : {1, 2, 0}) {
    SessionTable table(Options(self));
    pb::ProposeReply reply;
    RequestView open;
    open.act = RequestView::Act::kOpen;
    ASSERT_TRUE(table.Execute({now_, {1, MemberIndex{1}}, 0}, open, store_, reply).ok());
    due.push_back(table.next_expiry().value - now_.value);
    EXPECT_THAT(Expired(table, table.next_expiry().value - 1), IsEmpty());
    EXPECT_THAT(Expired(table, table.next_expiry().value), ElementsAre("1 if 0"));
  }
  EXPECT_THAT(due, ElementsAre(kLease, kLease + 26, kLease + 4 * 26));
}

TEST_F(SessionTableTest, ExpiresAFewAtATime) {
  Open();
  Open();
  Open();
  EXPECT_THAT(Expired(table_, 9999, 2), ElementsAre("1 if 0", "2 if 0"));
  EXPECT_THAT(Expired(table_, 9999, 2), ElementsAre("3 if 0"));
}

TEST_F(SessionTableTest, ASnapshotIsThatOfOneMomentHoweverItIsSliced) {
  std::vector<SessionId> sessions;
  for (int i = 0; i < 6; ++i) sessions.push_back(Open());
  for (const SessionId session : sessions) {
    for (uint64_t number = 1; number <= 3; ++number) Execute(Write(session, number, "k", ""));
  }
  Execute(Write(sessions[5], 4, "k", "too long for it"));
  const uint64_t digest = table_.Digest();
  table_.BeginSnapshot();
  SessionTable copy(Options(2));
  const auto take = [&](size_t entries_max) {
    pb::CheckpointPiece piece;
    const bool more = table_.TakeSnapshot(entries_max, piece);
    EXPECT_TRUE(copy.Restore(piece).ok());
    return more;
  };
  EXPECT_TRUE(take(1));
  // Of one that was copied, of one that was not; opened, trimmed and closed.
  Execute(Write(sessions[0], 9, "k", ""));
  Execute(Write(sessions[3], 9, "k", ""));
  Open();
  Trim(sessions[4], 3);
  Execute(Act(sessions[2], RequestView::Act::kClose));
  EXPECT_TRUE(take(1));
  Execute(Act(sessions[5], RequestView::Act::kClose));
  while (take(1)) {
  }
  EXPECT_EQ(copy.Digest(), digest);
  EXPECT_NE(table_.Digest(), digest);
  EXPECT_EQ(copy.next_expiry().value, kLease + 26) << "just seen";
}

TEST_F(SessionTableTest, ASessionOfManyAnswersComesInParts) {
  const SessionId session = Open();
  for (uint64_t number = 1; number <= 9000; ++number) Execute(Write(session, number, "k", ""));
  const uint64_t digest = table_.Digest();
  for (const bool on_write : {false, true}) {
    table_.BeginSnapshot();
    if (on_write) Execute(Write(session, 9001, "k", ""));
    SessionTable copy(Options(1));
    int pieces = 0;
    for (bool more = true; more; ++pieces) {
      pb::CheckpointPiece piece;
      more = table_.TakeSnapshot(1'000'000, piece);
      EXPECT_LT(piece.ByteSizeLong(), kSliceBytesMax * 2);
      EXPECT_TRUE(copy.Restore(piece).ok());
    }
    EXPECT_GT(pieces, 1);
    EXPECT_EQ(copy.Digest(), digest);
  }
}

TEST_F(SessionTableTest, ARestoredSessionGivesTheFirstAnswer) {
  const SessionId session = Open();
  EXPECT_EQ(Execute(Write(session, 1)), "1 by 2");
  EXPECT_EQ(Execute(Write(session, 2, "k", "0123456789")).substr(0, 18), "RESOURCE_EXHAUSTED");
  const std::string refused = Execute(Write(session, 2));
  table_.BeginSnapshot();
  pb::CheckpointPiece piece;
  EXPECT_FALSE(table_.TakeSnapshot(100, piece));
  SessionTable copy(Options(1));
  ASSERT_TRUE(copy.Restore(piece).ok());
  const auto execute = [&](const RequestView& request) {
    pb::ProposeReply reply;
    const absl::Status status =
        copy.Execute({now_, {99, MemberIndex{1}}, 0}, request, store_, reply);
    return absl::StrCat(status.ToString(), reply.repeated() ? " repeated" : "", " by ",
                        reply.instance().slot());
  };
  EXPECT_EQ(execute(Write(session, 1)), "OK repeated by 2");
  EXPECT_EQ(execute(Write(session, 2)).substr(0, 18), "RESOURCE_EXHAUSTED") << refused;
  EXPECT_TRUE(absl::IsDataLoss(copy.Restore(piece))) << "twice";
}

}  // namespace
}  // namespace althing
