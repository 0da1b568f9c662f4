#include "client/report/instance_name.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(InstanceNameTest, ReadsWhatItWrites) {
  for (const char* name : {"0.1", "8.17", "0.18446744073709551615"}) {
    const auto id = ParseInstance(name);
    ASSERT_TRUE(id.ok()) << name;
    EXPECT_EQ(InstanceName(*id), name);
  }
  EXPECT_EQ(ParseInstance("3.17")->ShortDebugString(), "coordinator: 3 slot: 17");
}

TEST(InstanceNameTest, RefusesWhatIsNoInstance) {
  for (const char* text : {"", "1", "1.", ".1", "1.0", "1.2.3", "-1.2", "1.+2", "1. 2", "a.b",
                           "4294967296.1", "0.18446744073709551616"}) {
    EXPECT_FALSE(ParseInstance(text).ok()) << text;
  }
  EXPECT_EQ(std::string(ParseInstance("nice").status().message()),
            "\"nice\" is no instance. Write COORDINATOR.SLOT, as in 0.17");
}

}  // namespace
}  // namespace althing
