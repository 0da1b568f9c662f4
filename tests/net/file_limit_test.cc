#include "replica/net/file_limit.h"

#include <sys/resource.h>

#include "gtest/gtest.h"

namespace althing {
namespace {

rlimit OpenFiles() {
  rlimit limit = {};
  EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  return limit;
}

TEST(FileLimitTest, RaisesTheSoftLimitToTheHardOne) {
  const rlimit before = OpenFiles();
  const rlimit low = {.rlim_cur = 256, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(RaiseOpenFileLimit(), before.rlim_max);
  EXPECT_EQ(OpenFiles().rlim_cur, before.rlim_max);
  EXPECT_EQ(OpenFiles().rlim_max, before.rlim_max);
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace althing
