#include "replica/storage/log_format.h"

#include <gtest/gtest.h>

#include <string>

namespace althing {
namespace {

TEST(LogFormatTest, NumbersKeepTheirOrderAsBytes) {
  EXPECT_EQ(View(EncodeFixed64(0x0102030405060708)), "\x01\x02\x03\x04\x05\x06\x07\x08");
  std::string last;
  for (const uint64_t number : {0ul, 1ul, 255ul, 256ul, 1ul << 40, UINT64_MAX}) {
    const Fixed64 bytes = EncodeFixed64(number);
    EXPECT_EQ(DecodeFixed64(View(bytes)), number);
    if (number > 0) {
      EXPECT_LT(last, View(bytes));
    }
    last = View(bytes);
  }
}

TEST(LogFormatTest, AValueIsTheRecordAndItsChain) {
  const std::string text = "record" + std::string(View(EncodeFixed64(42)));
  const auto value = ReadLogValue(text);
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->record, "record");
  EXPECT_EQ(value->chain, 42u);
  EXPECT_EQ(ReadLogValue(text.substr(6))->record, "");
  EXPECT_FALSE(ReadLogValue("1234567").has_value());
}

TEST(LogFormatTest, TheChainDependsOnAllThatCameBefore) {
  const uint64_t start = FirstChain("store");
  EXPECT_NE(start, FirstChain("other"));
  const uint64_t ab = NextChain(NextChain(start, "a"), "b");
  EXPECT_NE(ab, NextChain(NextChain(start, "b"), "a"));
  EXPECT_NE(ab, NextChain(start, "ab"));
  EXPECT_NE(ab, NextChain(NextChain(FirstChain("other"), "a"), "b"));
  EXPECT_NE(NextChain(start, ""), start);
  // What stands on disks: it may not change within a format.
  EXPECT_EQ(NextChain(1, "record"), 1355332608652960070u);
}

}  // namespace
}  // namespace althing
