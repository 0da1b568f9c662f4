// How a replica's process ends, and what it says and leaves then.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"
#include "tests/process/log_lines.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  EXPECT_EQ(lines.back(), "") << "the last line is not ended";
  lines.pop_back();
  return lines;
}

// The value and the origin of a field in what --print-config prints.
std::string Printed(const std::string& text, const std::string& field) {
  for (const std::string& line : Lines(text)) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() == 3 && words[0] == field) return absl::StrCat(words[1], " by ", words[2]);
  }
  return "not printed";
}

TEST(ReplicaExitTest, AWrongConfigurationIs78AndOneLineThatNamesFileFieldProblemAndRemedy) {
  const Cluster cluster(1);
  const std::string path = cluster.WriteConfig("wrong.json", {{"timing", {{"tick_ms", 0}}}});
  const Finished value = cluster.RunReplica(path, {"--id", "0"});
  EXPECT_EQ(value.exit_code, 78);
  EXPECT_EQ(value.err, path + ": timing.tick_ms: 0 is out of range; use 1 to 1000\n");
  EXPECT_EQ(value.out, "");
  EXPECT_EQ(cluster.RunReplica(path, {"--check-config"}).exit_code, 78);

  const std::string missing = cluster.directory() + "/missing.json";
  const Finished file = cluster.RunReplica(missing, {"--id", "0"});
  EXPECT_EQ(file.exit_code, 78);
  EXPECT_EQ(file.err,
            missing + ": there is no such file; name the configuration with --config FILE\n");

  const Finished variable =
      cluster.RunReplica(cluster.config_path(), {"--id", "0"}, {{"ALTHING_TRIFTY", "true"}});
  EXPECT_EQ(variable.exit_code, 78);
  EXPECT_EQ(variable.err, "ALTHING_TRIFTY: no such setting; did you mean ALTHING_THRIFTY?\n");
}

TEST(ReplicaExitTest, AWrongCommandLineIs64) {
  const Cluster cluster(3);
  const Finished no_id = cluster.RunReplica(cluster.config_path(), {});
  EXPECT_EQ(no_id.exit_code, 64);
  EXPECT_EQ(no_id.err, absl::StrCat("--id is missing: give the id of one of the replicas in ",
                                    cluster.config_path(), "\n"));
  const Finished flag =
      cluster.RunReplica(cluster.config_path(), {"--id", "0", "--thrity", "true"});
  EXPECT_EQ(flag.exit_code, 64);
  EXPECT_THAT(flag.err, HasSubstr("--thrity"));
}

TEST(ReplicaExitTest, AnIdThatIsNotThereIs78) {
  const Cluster cluster(3);
  const Finished stranger = cluster.RunReplica(cluster.config_path(), {"--id", "3"});
  EXPECT_EQ(stranger.exit_code, 78);
  EXPECT_EQ(stranger.err, absl::StrCat("--id 3: no replica in ", cluster.config_path(),
                                       " has this id; correct the flag or add the replica\n"));
}

TEST(ReplicaExitTest, MetricsThatCannotBeWrittenAre78AtTheStart) {
  const Cluster cluster(1);
  const Finished replica = cluster.RunReplica(
      cluster.config_path(), {"--id", "0", "--directories.metrics", "/proc/nowhere"});
  EXPECT_EQ(replica.exit_code, 78);
  EXPECT_THAT(replica.err, HasSubstr("/proc/nowhere/metrics.0.json"));
}

TEST(ReplicaExitTest, APortInUseIs69AndOneLineThatNamesThePort) {
  const Cluster cluster(1);
  for (const auto& [whose, port] :
       {std::pair{"client", cluster.client_port(0)}, std::pair{"peer", cluster.peer_port(0)}}) {
    const Occupant occupant(port);
    const Finished replica = cluster.RunReplica(cluster.config_path(), {"--id", "0"});
    EXPECT_EQ(replica.exit_code, 69);
    EXPECT_THAT(
        EventsAt("error", replica.err),
        ElementsAre(absl::StrCat("failed: ", whose, " port ", port,
                                 " on 127.0.0.1 is in use or cannot be listened on: end what uses "
                                 "it, or give replica 0 another host or port")));
  }
}

TEST(ReplicaExitTest, SigtermWritesTheMetricsAndIs0) {
  Cluster cluster(3);
  ASSERT_TRUE(cluster.StartAll());
  ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
  EXPECT_EQ(ReadFile(cluster.MetricsPath(0)), "");
  EXPECT_EQ(cluster.Terminate(0), 0);
  const Json metrics = Json::parse(ReadFile(cluster.MetricsPath(0)), nullptr, false);
  ASSERT_FALSE(metrics.is_discarded());
  EXPECT_EQ(metrics["N"], 3);
  EXPECT_EQ(metrics["ExecutedCommands"], 1);
  EXPECT_EQ(metrics["Answers"], (Json{{"OK", 1}}));
  // The client may have its answer before the replica hears that the call is over.
  EXPECT_THAT(cluster.Log(0),
              testing::ContainsRegex(" event=draining open_calls=[01] drain_ms=2000\n"));
  EXPECT_THAT(Lines(cluster.Log(0)).back(),
              testing::EndsWith("level=info replica=0 event=stopped"));
  EXPECT_THAT(EventsAt("error", cluster.Log(0)), IsEmpty());
}

TEST(ReplicaExitTest, Sigusr1WritesTheMetricsAndTheReplicaGoesOn) {
  Cluster cluster(1);
  ASSERT_TRUE(cluster.StartAll());
  for (int count = 1; count <= 2; ++count) {
    ASSERT_TRUE(cluster.Put(0, "key", "value").status.ok());
    cluster.replica(0).Signal(SIGUSR1);
    EXPECT_TRUE(WaitUntil([&] {
      const Json metrics = Json::parse(ReadFile(cluster.MetricsPath(0)), nullptr, false);
      return !metrics.is_discarded() && metrics["ExecutedCommands"] == count;
    })) << count;
  }
  EXPECT_TRUE(cluster.replica(0).running());
  EXPECT_EQ(cluster.Get(0, "key"), "value version 2");
}

TEST(ReplicaExitTest, MetricsThatCannotBeWrittenAtTheEndAre74) {
  Cluster cluster(1);
  const std::string directory = cluster.directory() + "/gone";
  cluster.Start(0, {"--directories.metrics", directory});
  ASSERT_TRUE(cluster.WaitLinked());
  std::filesystem::remove_all(directory);
  std::ofstream(directory) << "a file where the directory was";
  EXPECT_EQ(cluster.Terminate(0), 74);
  EXPECT_THAT(EventsAt("error", cluster.Log(0)),
              ElementsAre(HasSubstr(directory + "/metrics.0.json")));
}

TEST(ReplicaExitTest, PrintConfigNamesTheOriginOfEachValue) {
  const Cluster cluster(3, {{"thrifty", false}, {"timing", {{"resend_ms", 200}}}});
  const Finished printed =
      cluster.RunReplica(cluster.config_path(),
                         {"--print-config", "--batch.bytes_max", "1000", "--timing.tick_ms", "30"},
                         {{"ALTHING_TIMING_TICK_MS", "20"}, {"ALTHING_TIMING_RESEND_MS", "300"}});
  EXPECT_EQ(printed.exit_code, 0) << printed.err;
  EXPECT_EQ(Printed(printed.out, "batch.bytes_max"), "1000 by flag");
  EXPECT_EQ(Printed(printed.out, "timing.tick_ms"), "30 by flag");
  EXPECT_EQ(Printed(printed.out, "timing.resend_ms"), "300 by environment");
  EXPECT_EQ(Printed(printed.out, "thrifty"), "false by file");
  EXPECT_EQ(Printed(printed.out, "partitions"), "1 by default");
  EXPECT_EQ(Printed(printed.out, "f"), "1 by default");
  EXPECT_EQ(Printed(printed.out, "replicas[2].client_port"),
            absl::StrCat(cluster.client_port(2), " by file"));
  const Finished checked = cluster.RunReplica(cluster.config_path(), {"--check-config"});
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.out + checked.err, "");
}

}  // namespace
}  // namespace althing
