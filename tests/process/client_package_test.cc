// The client library as other programs find it: installed, found by CMake, linked, used.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

class ClientPackageTest : public testing::Test {
 protected:
  Finished RunCMake(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ALTHING_CMAKE);
    return RunToEnd(cluster_.directory(), arguments);
  }

  Cluster cluster_{3};
};

TEST_F(ClientPackageTest, TheExampleIsBuiltWithTheInstalledPackageAndRuns) {
  const std::string prefix = cluster_.directory() + "/prefix";
  const std::string build = cluster_.directory() + "/example";
  Finished finished = RunCMake(
      {"--install", ALTHING_BINARY_DIR, "--prefix", prefix, "--component", "client_library"});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  finished = RunCMake({"-S", std::string(ALTHING_SOURCE_DIR) + "/client/example", "-B", build,
                       "-DCMAKE_PREFIX_PATH=" + prefix, "-DCMAKE_BUILD_TYPE=Release",
                       "-DCMAKE_CXX_FLAGS=" ALTHING_SANITIZER_FLAGS});
  ASSERT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  finished = RunCMake({"--build", build});
  ASSERT_EQ(finished.exit_code, 0) << finished.out << finished.err;
  ASSERT_TRUE(cluster_.StartAll());
  finished = RunToEnd(cluster_.directory(), {build + "/example", cluster_.config_path()});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out,
            "put: [] version 1 \n"
            "append: [] version 2 \n"
            "get: [hello world] version 2 \n"
            "replace: [] version 3 \n"
            "replace again: the condition failed, the key has version 3\n"
            "together: [] version 4 [hi!] version 4 \n"
            "delete: [] version 5 \n");
}

TEST(ClientLibraryDocTest, TheDocumentedExampleIsTheOneThatIsTested) {
  const std::string root = ALTHING_SOURCE_DIR;
  const std::string example = ReadFile(root + "/client/example/main.cc");
  ASSERT_FALSE(example.empty());
  EXPECT_NE(ReadFile(root + "/docs/client-library.md").find("```cpp\n" + example + "```"),
            std::string::npos)
      << "copy client/example/main.cc into docs/client-library.md";
}

}  // namespace
}  // namespace althing
