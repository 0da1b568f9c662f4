#include "client/read_all.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace althing {
namespace {

TEST(ReadAllTest, ReadsToTheEnd) {
  const std::string long_text = std::string(10'000, 'x') + '\0' + "y\n";
  std::istringstream in(long_text), empty;
  EXPECT_EQ(ReadAll(in), long_text);
  EXPECT_EQ(ReadAll(empty), "");
}

TEST(ReadAllTest, KnowsWhatCannotBeRead) {
  std::ifstream nowhere("/nowhere/at/all"), folder("/");
  EXPECT_EQ(ReadAll(nowhere), std::nullopt);
  EXPECT_EQ(ReadAll(folder), std::nullopt);
  std::istringstream none("text");
  none.setstate(std::ios::failbit);
  EXPECT_EQ(ReadAll(none), std::nullopt);
}

}  // namespace
}  // namespace althing
