#include "client/report/machine.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(MachineTest, TheProcessorIsTheFirstThatIsNamed) {
  EXPECT_EQ(CpuName("processor\t: 0\nmodel name\t: Z80: fast\nmodel name\t: other\n"), "Z80: fast");
  EXPECT_EQ(CpuName("processor\t: 0\n"), "unknown");
  EXPECT_EQ(CpuName(""), "unknown");
}

TEST(MachineTest, ThisOneHasCoresMemoryAndAKernel) {
  const Machine machine = ThisMachine();
  EXPECT_GE(machine.cores, 1u);
  EXPECT_GT(machine.memory_mib, 64u);
  EXPECT_EQ(machine.kernel.rfind("Linux ", 0), 0u) << machine.kernel;
  EXPECT_EQ(InWords({.cores = 2, .cpu = "Z80", .memory_mib = 4, .kernel = "Linux 6"}),
            "2 cores of Z80, 4 MiB, Linux 6");
}

}  // namespace
}  // namespace althing
