#include "replica/net/restore_progress.h"

#include "gtest/gtest.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

constexpr int64_t kMillisecond = 1'000'000;

TEST(RestoreProgressTest, SaysEachSecondWhatHasBeenRead) {
  LogCapture log;
  RestoreProgress progress("data", 1000, 5 * kMillisecond);
  EXPECT_EQ(log.text(), "info event=restoring directory=data records=0 of=1000\n");
  progress.OnRead(10, 1004 * kMillisecond);
  EXPECT_EQ(log.text(), "info event=restoring directory=data records=0 of=1000\n");
  progress.OnRead(20, 1005 * kMillisecond);
  progress.OnRead(30, 2004 * kMillisecond);
  progress.OnRead(2000, 2005 * kMillisecond);  // The mark was behind.
  EXPECT_EQ(log.text(),
            "info event=restoring directory=data records=0 of=1000\n"
            "info event=restoring directory=data records=20 of=1000\n"
            "info event=restoring directory=data records=2000 of=2000\n");
}

// Its silence is what a script takes for a standstill.
TEST(RestoreProgressTest, IsSilentWhileNothingIsRead) {
  LogCapture log;
  RestoreProgress progress("data", 0, 0);
  progress.OnRead(0, 1000 * kMillisecond);
  EXPECT_EQ(log.text(), "");
  progress.OnRead(1, 1001 * kMillisecond);
  progress.OnRead(1, 9000 * kMillisecond);
  EXPECT_EQ(log.text(), "info event=restoring directory=data records=1 of=1\n");
}

TEST(RestoreProgressTest, SpeaksAtAnyLevelAndLeavesTheLevelAsItIs) {
  LogCapture log(LogLevel::kError);
  RestoreProgress progress("data", 3, 0);
  EXPECT_EQ(log.text(), "info event=restoring directory=data records=0 of=3\n");
  EXPECT_EQ(CurrentLogLevel(), LogLevel::kError);
}

}  // namespace
}  // namespace althing
