#include "client/report/load_result.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(LoadResultTest, PartsOfARunAddUp) {
  LoadResult a, b;
  a.finished = 3, a.reads = 1, a.writes = 1, a.modifies = 1, a.ok = 2, a.answered = 2;
  a.reads_ok = 1, a.read_hits = 1, a.conflicts = 1, a.left_out = 4, a.duration_ns = 10;
  a.errors = {{absl::StatusCode::kAborted, 1}};
  a.error_texts = {{absl::StatusCode::kAborted, "first"}};
  a.latency_ns.Add(5), a.latency_ns.Add(7), a.latency_of_ns[0].Add(5), a.latency_of_ns[2].Add(7);
  a.late_ns.Add(1);
  b = a;
  b.error_texts = {{absl::StatusCode::kAborted, "second"}};
  b.errors[absl::StatusCode::kInternal] = 2;
  b.cancelled = 6;
  b.interrupted = true;
  a.Merge(b);
  EXPECT_EQ(a.finished, 6u);
  EXPECT_EQ(a.reads + a.writes + a.modifies, 6u);
  EXPECT_EQ(a.ok, 4u);
  EXPECT_EQ(a.answered, 4u);
  EXPECT_EQ(a.reads_ok + a.read_hits, 4u);
  EXPECT_EQ(a.conflicts, 2u);
  EXPECT_EQ(a.left_out, 8u);
  EXPECT_EQ(a.cancelled, 6u);
  EXPECT_EQ(a.duration_ns, 20);
  EXPECT_EQ(a.errors, (std::map<absl::StatusCode, uint64_t>{{absl::StatusCode::kAborted, 2},
                                                            {absl::StatusCode::kInternal, 2}}));
  EXPECT_EQ(a.error_texts.at(absl::StatusCode::kAborted), "first");
  EXPECT_EQ(a.latency_ns.count(), 4u);
  EXPECT_EQ(a.latency_of_ns[0].count() + a.latency_of_ns[2].count(), 4u);
  EXPECT_EQ(a.late_ns.count(), 2u);
  EXPECT_TRUE(a.interrupted);
}

}  // namespace
}  // namespace althing
