// Wrong configurations, each given to the real replica: it ends at once with 78 and one line.
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/pb/config_bad_cases.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kConfigError = 78;

class BadConfigTest : public testing::Test {
 protected:
  std::string Write(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  // It is said in one line, and nothing else is; what was wrong is not tried.
  static void ExpectOneLine(const Finished& replica, const std::string& line) {
    EXPECT_EQ(replica.exit_code, kConfigError) << line;
    EXPECT_EQ(replica.err, line + "\n");
    EXPECT_EQ(replica.out, "") << line;
  }

  const Cluster cluster_{3};
  const std::string path_ = cluster_.directory() + "/bad.json";
};

// Of each of the files at the check, and of some at the start, which asks for the same.
TEST_F(BadConfigTest, EachIs78AndOneLineThatNamesFileFieldProblemAndRemedy) {
  size_t count = 0;
  for (const auto& files : {bad_config::NotEvenJson(), bad_config::WrongNamesAndTypes(),
                            bad_config::BadReplicas(), bad_config::BadValues()}) {
    for (const bad_config::BadFile& file : files) {
      Write(file.text);
      const bool start = count++ % 4 == 0;
      ExpectOneLine(cluster_.RunReplica(path_, start ? std::vector<std::string>{"--id", "0"}
                                                     : std::vector<std::string>{"--check-config"}),
                    absl::StrCat(path_, ": ", file.message));
    }
  }
  EXPECT_GE(count, 40);
}

TEST_F(BadConfigTest, AFileThatCannotBeReadIs78) {
  ExpectOneLine(cluster_.RunReplica(cluster_.directory(), {"--check-config"}),
                cluster_.directory() +
                    ": cannot be read (Is a directory); name a readable file with "
                    "--config FILE");
  const Finished missing = cluster_.RunReplica("/nowhere/config.json", {"--id", "0"});
  EXPECT_EQ(missing.exit_code, kConfigError);
  EXPECT_THAT(missing.err, StartsWith("/nowhere/config.json: there is no such file"));
  ExpectOneLine(cluster_.RunReplica(Write(std::string(64 << 20, ' ')), {"--check-config"}),
                path_ +
                    ": larger than 1048576 bytes, which no configuration is; name another file "
                    "with --config FILE");
}

// Whoever gave the value is named, and not the file.
TEST_F(BadConfigTest, AWrongFlagOrVariableIs78AndNamesItself) {
  const std::string& good = cluster_.config_path();
  const Finished flag = cluster_.RunReplica(good, {"--id", "0", "--timing.tick_ms", "fast"});
  EXPECT_EQ(flag.exit_code, kConfigError);
  EXPECT_THAT(flag.err, StartsWith("--timing.tick_ms"));
  const Finished misfit = cluster_.RunReplica(good, {"--check-config", "--f", "2"});
  EXPECT_EQ(misfit.exit_code, kConfigError);
  EXPECT_THAT(misfit.err, HasSubstr("2 does not fit 3 replicas; use 0 to 1"));
  const Finished variable = cluster_.RunReplica(good, {"--id", "0"}, {{"ALTHING_PARTITIONS", "0"}});
  EXPECT_EQ(variable.exit_code, kConfigError);
  EXPECT_THAT(variable.err, StartsWith("ALTHING_PARTITIONS: 0 is out of range"));
}

// The address cannot be listened on: found at the start, since the check knows nothing of machines.
TEST_F(BadConfigTest, AHostThatIsNotOfThisMachineIs69) {
  const std::string path = Write(
      absl::StrCat(R"({"replicas": [{"id": 0, "host": "192.0.2.1", "client_port": )",
                   cluster_.client_port(0), R"(, "peer_port": )", cluster_.peer_port(0), "}]}"));
  const Finished replica =
      cluster_.RunReplica(path, {"--id", "0", "--directories.metrics", cluster_.directory(),
                                 "--directories.data", cluster_.directory() + "/data"});
  EXPECT_EQ(replica.exit_code, 69);
  EXPECT_THAT(replica.err, HasSubstr(absl::StrCat(
                               "level=error replica=0 event=failed why=\"client port ",
                               cluster_.client_port(0), " on 192.0.2.1 is in use or cannot be")));
}

}  // namespace
}  // namespace althing
