// Same inputs, same outputs: in this process, and in two others with their own address spaces and
// hash salts.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "replica/core/random.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

// A few hundred commands over a lossy, reordering network; the hash of all outputs.
uint64_t Digest() {
  Cluster cluster({.n = 5, .thrifty = true, .partitions = 2});
  Random random(42);
  for (int i = 0; i < 300; ++i) {
    const bool read = random.Below(3) == 0;
    cluster.Propose(static_cast<int>(random.Below(5)), read ? pb::OPERATION_GET : pb::OPERATION_PUT,
                    "k" + std::to_string(random.Below(20)), read ? "" : std::to_string(i));
    cluster.Deliver([&](const Message&) { return random.Below(3) > 0; });
    cluster.Drop([&](const Message&) { return random.Below(20) == 0; });
    cluster.Advance(random.Below(3));
  }
  return cluster.digest();
}

std::string RunElsewhere() {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen((std::filesystem::read_symlink("/proc/self/exe").string() +
             " --gtest_also_run_disabled_tests"
             " --gtest_filter=DeterminismTest.DISABLED_PrintsItsDigest")
                .c_str(),
            "r"),
      pclose);
  std::string output;
  std::array<char, 256> buffer;
  while (fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) output += buffer.data();
  const size_t at = output.find("digest ");
  return at == std::string::npos ? output : output.substr(at, output.find('\n', at) - at);
}

TEST(DeterminismTest, DISABLED_PrintsItsDigest) {
  std::printf("digest %llu\n", static_cast<unsigned long long>(Digest()));
}

TEST(DeterminismTest, TwoProcessesGiveEqualOutputs) {
  const std::string here = "digest " + std::to_string(Digest());
  EXPECT_EQ(RunElsewhere(), here);
  EXPECT_EQ(RunElsewhere(), here);
}

}  // namespace
}  // namespace althing::sim
