#include "replica/net/growth.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kMib = 1 << 20;

class GrowthTest : public ::testing::Test {
 protected:
  Growth Bounded(uint64_t memory_mib, uint64_t storage_mib) {
    return Growth(
        {.memory_mib_max = memory_mib, .storage_mib_max = storage_mib}, "data/replica.0",
        [this] {
          ++looks_;
          return sizes_;
        },
        metrics_);
  }
  void Later(Growth& growth, uint64_t memory_mib) {
    sizes_.resident_bytes = memory_mib * kMib;
    growth.OnTime(now_ns_ += Growth::kPauseNs);
  }

  Sizes sizes_;
  int looks_ = 0;
  int64_t now_ns_ = 0;
  Metrics metrics_{3, 1, "{}"};
  LogCapture log_;
};

TEST_F(GrowthTest, LooksSeldomAndTellsTheMetrics) {
  Growth growth = Bounded(0, 0);
  sizes_ = {.resident_bytes = 5, .data_bytes = 6, .log_records = 7, .free_bytes = 8};
  growth.OnTime(100);
  growth.OnTime(100 + Growth::kPauseNs - 1);
  EXPECT_EQ(looks_, 1);
  const auto dump = nlohmann::json::parse(metrics_.ToJson());
  EXPECT_EQ(dump["ResidentBytes"], 5);
  EXPECT_EQ(dump["DataBytes"], 6);
  EXPECT_EQ(dump["LogRecords"], 7);
  EXPECT_EQ(dump["FreeBytes"], 8);
  growth.OnTime(100 + Growth::kPauseNs);
  EXPECT_EQ(looks_, 2);
}

TEST_F(GrowthTest, SaysOnceThatABoundIsPassedAndOnceThatItIsNot) {
  Growth growth = Bounded(100, 0);
  Later(growth, 100);
  EXPECT_EQ(log_.text(), "");
  EXPECT_THAT(growth.warnings(), IsEmpty());
  Later(growth, 101);
  Later(growth, 120);
  const std::string passed =
      "warning event=alarm what=\"the memory of the process\" mib=101 mib_max=100 "
      "setting=memory.alarm_mib\n";
  EXPECT_EQ(log_.text(), passed);
  EXPECT_THAT(growth.warnings(), ElementsAre("the memory of the process has grown to 120 MiB, and "
                                             "memory.alarm_mib is 100: see that the machine has "
                                             "enough of it"));
  Later(growth, 96);  // Not far enough below.
  Later(growth, 101);
  EXPECT_EQ(log_.text(), passed);
  Later(growth, 95);
  EXPECT_EQ(log_.text(), passed +
                             "info event=alarm_over what=\"the memory of the process\" mib=95 "
                             "mib_max=100 setting=memory.alarm_mib\n");
  EXPECT_THAT(growth.warnings(), IsEmpty());
}

TEST_F(GrowthTest, TheLogHasAnAlarmOfItsOwn) {
  Growth growth = Bounded(100, 10);
  sizes_.data_bytes = 11 * kMib;
  growth.OnTime(0);
  EXPECT_THAT(log_.text(), HasSubstr("event=alarm what=\"the log in data/replica.0\" mib=11 "
                                     "mib_max=10 setting=storage.alarm_mib\n"));
  EXPECT_THAT(growth.warnings(), ElementsAre(HasSubstr("storage.alarm_mib is 10")));
}

TEST_F(GrowthTest, WithoutBoundsNothingIsSaid) {
  Growth growth = Bounded(0, 0);
  sizes_ = {.resident_bytes = UINT64_MAX / 2, .data_bytes = UINT64_MAX / 2};
  growth.OnTime(0);
  EXPECT_EQ(log_.text(), "");
  EXPECT_THAT(growth.warnings(), IsEmpty());
}

}  // namespace
}  // namespace althing
