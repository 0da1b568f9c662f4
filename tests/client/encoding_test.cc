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

}  // namespace
}  // namespace althing
