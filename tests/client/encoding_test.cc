#include "client/report/encoding.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(EncodingTest, TellsUtf8FromOtherBytes) {
  for (const char* good : {"", "plain", "\xC3\xBE\xC3\xADng", "\xE2\x82\xAC", "\xED\x9F\xBF",
                           "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xEE\x80\x80"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "ok\xFE"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

TEST(EncodingTest, BytesThatAreNoTextBecomeBase64) {
  nlohmann::ordered_json object;
  SetBytes(object, "key", "\xC3\xBEing");
  SetBytes(object, "value", "\xFF\x01");
  EXPECT_EQ(object.dump(), "{\"key\":\"\xC3\xBEing\",\"value_base64\":\"/wE=\"}");
}

TEST(EncodingTest, WhatIsEncodedDecodesToTheSame) {
  const std::string bytes("\0\xFFz\n", 4);
  for (const Encoding encoding : {Encoding::kUtf8, Encoding::kHex, Encoding::kBase64}) {
    EXPECT_EQ(*Decode(encoding, "x", Encode(encoding, bytes)), bytes);
    EXPECT_EQ(*Decode(encoding, "x", ""), "");
  }
  EXPECT_EQ(Encode(Encoding::kHex, bytes), "00ff7a0a");
  EXPECT_EQ(*Decode(Encoding::kHex, "x", "FF7A"), "\xFFz");
}

TEST(EncodingTest, SaysWhatIsWrong) {
  EXPECT_EQ(Decode(Encoding::kHex, "KEY", "abc").status().message(),
            "KEY is not hex. Write two digits 0-9 a-f a byte");
  EXPECT_FALSE(Decode(Encoding::kHex, "KEY", "0x12").ok());
  EXPECT_EQ(Decode(Encoding::kBase64, "VALUE", "*").status().message(),
            "VALUE is not base64. Write A-Z a-z 0-9 + / and padding =");
}

}  // namespace
}  // namespace althing
