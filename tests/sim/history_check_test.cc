#include "tests/sim/history_check.h"

#include <gtest/gtest.h>

#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

using Versions = std::vector<std::pair<std::string, uint64_t>>;

// A request that puts or gets each of the keys, and what it was told.
CallRecord Answered(bool write, const Versions& versions, int64_t call_ns, int64_t return_ns,
                    const std::string& value = "v") {
  CallRecord call{.outcome = check::Outcome::kOk, .call_ns = call_ns, .return_ns = return_ns};
  for (const auto& [key, version] : versions) {
    *call.request.add_commands() =
        MakeCommand(write ? pb::OPERATION_PUT : pb::OPERATION_GET, key, write ? value : "");
    pb::Result result;
    result.set_version(version);
    result.set_found(write ? version > 1 : version > 0);
    if (!write && version > 0) result.set_value(value);
    call.results.push_back(result);
  }
  return call;
}

TEST(HistoryCheckTest, IsContentWithWhatOneStoreWouldSay) {
  EXPECT_EQ(FindContradiction({Answered(true, {{"a", 1}, {"b", 1}}, 1, 2),
                               Answered(false, {{"a", 1}, {"b", 1}}, 3, 4),
                               Answered(true, {{"b", 2}}, 5, 6)}),
            "");
}

TEST(HistoryCheckTest, FindsAStaleRead) {
  EXPECT_NE(FindContradiction({Answered(true, {{"a", 1}}, 1, 2), Answered(true, {{"a", 2}}, 3, 4),
                               Answered(false, {{"a", 1}}, 5, 6)}),
            "");
}

TEST(HistoryCheckTest, FindsAWriteThatTookEffectTwice) {
  EXPECT_NE(FindContradiction({Answered(true, {{"a", 1}}, 1, 2), Answered(true, {{"a", 3}}, 3, 4)}),
            "");
}

TEST(HistoryCheckTest, FindsARefusedWriteThatTookEffect) {
  CallRecord refused = Answered(true, {{"a", 1}}, 1, 2);
  refused.outcome = check::Outcome::kFailed;
  refused.results.clear();
  EXPECT_NE(FindContradiction({refused, Answered(false, {{"a", 1}}, 3, 4)}), "");
  refused.outcome = check::Outcome::kUnknown;
  EXPECT_EQ(FindContradiction({refused, Answered(false, {{"a", 1}}, 3, 4)}), "");
}

TEST(HistoryCheckTest, FindsARequestThatOthersSawHalfDone) {
  const CallRecord write = Answered(true, {{"a", 1}, {"b", 1}}, 1, 10);
  EXPECT_NE(FindContradiction({write, Answered(false, {{"a", 1}, {"b", 0}}, 2, 9)}), "");
  EXPECT_EQ(FindContradiction({write, Answered(false, {{"a", 0}, {"b", 0}}, 2, 9)}), "");
}

TEST(HistoryCheckTest, FindsTwoRequestsInTwoOrders) {
  EXPECT_NE(FindContradiction({Answered(true, {{"a", 1}, {"b", 2}}, 1, 10),
                               Answered(true, {{"a", 2}, {"b", 1}}, 1, 10)}),
            "");
}

// What was taken back says nothing of what its own request wrote before.
TEST(HistoryCheckTest, LeavesOutWhatARequestSawOfItself) {
  CallRecord call{.outcome = check::Outcome::kOk, .call_ns = 3, .return_ns = 4};
  *call.request.add_commands() = MakeCommand(pb::OPERATION_PUT, "a", "x");
  *call.request.add_commands() = MakeCommand(pb::OPERATION_PUT, "a", "y");
  call.request.mutable_commands(1)->set_if_version(1);  // It is 2 by then.
  pb::Result result;
  result.set_version(1);
  result.set_found(true);
  call.results = {result, result};
  call.results[1].set_condition_failed(true);
  call.results[1].set_value("v");
  EXPECT_EQ(FindContradiction({Answered(true, {{"a", 1}}, 1, 2), call}), "");
}

}  // namespace
}  // namespace althing::sim
