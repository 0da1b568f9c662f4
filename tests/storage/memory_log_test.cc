#include "replica/storage/memory_log.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(MemoryLogTest, CountsPlacesAndIsDurableAfterAFlush) {
  MemoryLog log;
  EXPECT_EQ(log.durable(), 0u);
  EXPECT_EQ(log.Append(pb::Record()), 1u);
  EXPECT_EQ(log.Append(pb::Record()), 2u);
  EXPECT_EQ(log.durable(), 0u);
  log.Flush();
  EXPECT_EQ(log.durable(), 2u);
  EXPECT_EQ(log.Append(pb::Record()), 3u);
  EXPECT_EQ(log.durable(), 2u);
  log.Flush();
  EXPECT_EQ(log.durable(), 3u);
  log.Append(pb::Record());
  log.FlushNow();
  EXPECT_EQ(log.durable(), 4u);
}

TEST(MemoryLogTest, SaysThatItKeepsNothing) { EXPECT_EQ(MemoryLog().durability(), "none"); }

}  // namespace
}  // namespace althing
