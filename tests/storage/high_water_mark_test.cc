#include "replica/storage/high_water_mark.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/storage/log_fixture.h"

namespace althing {
namespace {

class HighWaterMarkTest : public testing::Test {
 protected:
  HighWaterMark::Mark Read() const {
    const auto opened = HighWaterMark::Open(path_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? (*opened)->mark() : HighWaterMark::Mark();
  }
  // Of slot 0 or 1.
  void Damage(int slot) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(slot * 4096 + 9);
    file.put('\x55');
  }

  const TemporaryDirectory temporary_;
  const std::string path_ = temporary_.path() + "/mark";
  const HighWaterMark::Mark first_ = {.changes = 3, .place = 4, .chain = 0xdeadbeef12345678};
};

TEST_F(HighWaterMarkTest, KeepsTheNewest) {
  ASSERT_TRUE(HighWaterMark::Create(path_, first_).ok());
  EXPECT_EQ(Read(), first_);
  const auto opened = HighWaterMark::Open(path_);
  ASSERT_TRUE(opened.ok());
  HighWaterMark::Mark next = first_;
  for (int i = 0; i < 5; ++i) {
    (i % 2 == 0 ? next.changes : next.place) += 7;
    next.chain *= 3;
    ASSERT_TRUE((*opened)->Write(next).ok());
    EXPECT_EQ((*opened)->mark(), next);
    EXPECT_EQ(Read(), next);
  }
}

TEST_F(HighWaterMarkTest, ATornSlotLeavesTheOther) {
  for (const int torn : {0, 1}) {
    ASSERT_TRUE(HighWaterMark::Create(path_, first_).ok());
    const HighWaterMark::Mark second = {.changes = 3, .place = 5, .chain = 5};
    const HighWaterMark::Mark third = {.changes = 3, .place = 6, .chain = 6};
    const auto opened = HighWaterMark::Open(path_);
    ASSERT_TRUE((*opened)->Write(second).ok());
    ASSERT_TRUE((*opened)->Write(third).ok());
    Damage(torn);
    const HighWaterMark::Mark left = Read();
    EXPECT_TRUE(left == second || left == third);
    // The next one goes over the torn slot, not over the only one that is left.
    HighWaterMark::Mark fourth = {.changes = 3, .place = 7, .chain = 7};
    ASSERT_TRUE((*HighWaterMark::Open(path_))->Write(fourth).ok());
    EXPECT_EQ(Read(), fourth);
    Damage(torn);
    EXPECT_EQ(Read(), left);
  }
}

TEST_F(HighWaterMarkTest, SaysWhenNothingCanBeBelieved) {
  EXPECT_EQ(HighWaterMark::Open(path_).status(), absl::DataLossError(path_ + " is missing"));
  ASSERT_TRUE(HighWaterMark::Create(path_, first_).ok());
  Damage(0);
  Damage(1);
  EXPECT_EQ(HighWaterMark::Open(path_).status(),
            absl::DataLossError(path_ + " is damaged: neither of its slots is whole"));
  std::ofstream(path_, std::ios::trunc) << "";
  EXPECT_TRUE(absl::IsDataLoss(HighWaterMark::Open(path_).status()));
}

TEST_F(HighWaterMarkTest, NeedsADirectory) {
  EXPECT_EQ(HighWaterMark::Create(temporary_.path() + "/none/mark", first_).code(),
            absl::StatusCode::kInternal);
}

// A file of which the first bytes cannot be read, as on a disk that does not answer.
TEST_F(HighWaterMarkTest, WhatCannotBeReadIsNoDamage) {
  std::filesystem::create_symlink("/proc/self/mem", path_);
  EXPECT_EQ(HighWaterMark::Open(path_).status(),
            absl::InternalError("cannot read " + path_ + ": Input/output error"));
}

}  // namespace
}  // namespace althing
