#include "pb/config_file.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "tests/pb/config_bad_cases.h"

namespace althing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Texts = std::map<std::string, std::string>;

class ConfigFileTest : public ::testing::Test {
 protected:
  ConfigFileTest()
      : path_(::testing::TempDir() + "config_file_test." + std::to_string(getpid()) + ".json") {}
  ~ConfigFileTest() override { std::remove(path_.c_str()); }

  absl::StatusOr<LoadedConfig> Load(const std::string& text, const Texts& environment = {},
                                    const Texts& flags = {}) {
    std::ofstream(path_, std::ios::binary) << text;
    return LoadConfig(path_, environment, flags);
  }

  // What LoadConfig says, with FILE for the name of the file.
  std::string Message(const std::string& text, const Texts& environment = {},
                      const Texts& flags = {}) {
    const absl::StatusOr<LoadedConfig> loaded = Load(text, environment, flags);
    if (loaded.ok()) return "OK";
    EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
    std::string message(loaded.status().message());
    if (const size_t at = message.find(path_); at != std::string::npos) {
      message.replace(at, path_.size(), "FILE");
    }
    return message;
  }

  void ExpectRefused(const std::vector<bad_config::BadFile>& cases) {
    for (const auto& [text, message] : cases) {
      EXPECT_EQ(Message(text), "FILE: " + message) << "of: " << text.substr(0, 200);
    }
  }

  const std::string path_;
  const std::string minimal_ = bad_config::With("");
};

TEST_F(ConfigFileTest, RefusesWhatIsNotJson) { ExpectRefused(bad_config::NotEvenJson()); }
TEST_F(ConfigFileTest, RefusesWrongNamesAndTypes) {
  ExpectRefused(bad_config::WrongNamesAndTypes());
}
TEST_F(ConfigFileTest, RefusesBadReplicas) { ExpectRefused(bad_config::BadReplicas()); }
TEST_F(ConfigFileTest, RefusesBadValues) { ExpectRefused(bad_config::BadValues()); }

TEST_F(ConfigFileTest, RefusesBadVariables) {
  const std::vector<std::pair<Texts, std::string>> cases = {
      {{{"ALTHING_PARTITIONS", "0"}}, "ALTHING_PARTITIONS: 0 is out of range; use 1 to 10000"},
      {{{"ALTHING_PARTITIONS", ""}},
       "ALTHING_PARTITIONS: \"\" is not a whole number; use 1 to 10000"},
      {{{"ALTHING_PARTITIONS", " 4"}},
       "ALTHING_PARTITIONS: \" 4\" is not a whole number; use 1 to 10000"},
      {{{"ALTHING_PARTITIONS", "-4"}},
       "ALTHING_PARTITIONS: \"-4\" is out of range; use 1 to 10000"},
      {{{"ALTHING_HASH_SEED", "99999999999999999999"}},
       "ALTHING_HASH_SEED: \"99999999999999999999\" is out of range; use 0 to "
       "18446744073709551615"},
      {{{"ALTHING_THRIFTY", "yes"}},
       "ALTHING_THRIFTY: \"yes\" is neither true nor false; use one of them, without quotes"},
      {{{"ALTHING_DEBUG_DROP_PERCENT", "nan"}},
       "ALTHING_DEBUG_DROP_PERCENT: nan is out of range; use 0 to 90"},
      {{{"ALTHING_DEBUG_DROP_PERCENT", "some"}},
       "ALTHING_DEBUG_DROP_PERCENT: \"some\" is not a number; use 0 to 90"},
      {{{"ALTHING_TICK_MS", "10"}},
       "ALTHING_TICK_MS: no such setting; did you mean ALTHING_TIMING_TICK_MS?"},
      {{{"ALTHING_BATCH_BYTE_MAX", "10"}},
       "ALTHING_BATCH_BYTE_MAX: no such setting; did you mean ALTHING_BATCH_BYTES_MAX?"},
      {{{"ALTHING_UTTERLY_UNKNOWN", "10"}},
       "ALTHING_UTTERLY_UNKNOWN: no such setting; --print-config lists them all"},
      {{{"ALTHING_F", "1"}}, "ALTHING_F: 1 does not fit 1 replica; use 0"},
      {{{"ALTHING_TIMING_RESEND_MS", "9000"}},
       "ALTHING_TIMING_RESEND_MS: timing.resend_ms_max = 2000 is less than timing.resend_ms = "
       "9000; "
       "raise the first or lower the second"},
  };
  for (const auto& [environment, message] : cases) {
    EXPECT_EQ(Message(minimal_, environment), message);
  }
}

TEST_F(ConfigFileTest, RefusesBadFlags) {
  const std::vector<std::pair<Texts, std::string>> cases = {
      {{{"timing.tick_ms", "0"}}, "--timing.tick_ms: 0 is out of range; use 1 to 1000"},
      {{{"tick_ms", "1"}}, "--tick_ms: no such setting; did you mean --timing.tick_ms?"},
      {{{"Batch.Bytes-Max", "1"}},
       "--Batch.Bytes-Max: no such setting; did you mean --batch.bytes_max?"},
      {{{"cluster_id", ""}}, "--cluster_id: empty; write at least one character"},
      {{{"debug.trace_level", "5"}}, "--debug.trace_level: 5 is out of range; use 0, 1, 2 or 9"},
      {{{"e", "1"}}, "--e: 1 does not fit 1 replica with f = 0; use 0"},
      {{{"replicas", "[]"}}, "--replicas: no such setting; --print-config lists them all"},
  };
  for (const auto& [flags, message] : cases) EXPECT_EQ(Message(minimal_, {}, flags), message);
}

TEST_F(ConfigFileTest, BlamesTheSettingNearestToTheUser) {
  const std::string text = bad_config::With(R"(, "timing": {"resend_ms": 500})");
  EXPECT_EQ(
      Message(text, {}, {{"timing.resend_ms_max", "400"}}),
      "--timing.resend_ms_max: timing.resend_ms_max = 400 is less than timing.resend_ms = 500; "
      "raise the first or lower the second");
}

TEST_F(ConfigFileTest, RefusesAFileThatIsNotThere) {
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig("no/such.json", {}, {});
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(loaded.status().message(),
            "no/such.json: there is no such file; name the configuration with --config FILE");
}

TEST_F(ConfigFileTest, RefusesADirectory) {
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig("/", {}, {});
  EXPECT_EQ(loaded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(loaded.status().message(),
            "/: cannot be read (Is a directory); name a readable file with --config FILE");
}

TEST_F(ConfigFileTest, RefusesAHugeFileAndReadsOneOfTheLargestSize) {
  const std::string largest = minimal_ + std::string((1 << 20) - minimal_.size(), ' ');
  EXPECT_EQ(Message(largest), "OK");
  EXPECT_EQ(Message(largest + " "),
            "FILE: larger than 1048576 bytes, which no configuration is; name another file with "
            "--config FILE");
}

TEST_F(ConfigFileTest, ReadsComments) {
  const absl::StatusOr<LoadedConfig> loaded =
      Load("// What it is.\n{/* why */" + minimal_.substr(1));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.replicas_size(), 1);
}

TEST_F(ConfigFileTest, SortsReplicasById) {
  const absl::StatusOr<LoadedConfig> loaded = Load(bad_config::Replicas(
      "[" + bad_config::One(7) + "," + bad_config::One(2) + "," + bad_config::One(5) + "]"));
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  std::vector<uint32_t> ids;
  for (const v1::ReplicaConfig& replica : loaded->config.replicas()) ids.push_back(replica.id());
  EXPECT_THAT(ids, ElementsAre(2, 5, 7));
}

TEST_F(ConfigFileTest, DerivesTheMostFailuresPossible) {
  const auto f_and_e = [&](int n, const Texts& flags) {
    const auto loaded = Load(bad_config::Replicas(bad_config::Many(n)), {}, flags);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return std::pair(loaded->config.f(), loaded->config.e());
  };
  EXPECT_EQ(f_and_e(1, {}), std::pair(0u, 0u));
  EXPECT_EQ(f_and_e(2, {}), std::pair(0u, 0u));
  EXPECT_EQ(f_and_e(3, {}), std::pair(1u, 1u));
  EXPECT_EQ(f_and_e(5, {}), std::pair(2u, 2u));
  EXPECT_EQ(f_and_e(7, {}), std::pair(3u, 2u));
  EXPECT_EQ(f_and_e(9, {}), std::pair(4u, 3u));
  EXPECT_EQ(f_and_e(9, {{"f", "3"}}), std::pair(3u, 3u));
  EXPECT_EQ(f_and_e(9, {{"f", "0"}}), std::pair(0u, 0u));
}

TEST_F(ConfigFileTest, SetsEveryScalar) {
  const absl::StatusOr<LoadedConfig> loaded = Load(minimal_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (const std::string& path : ConfigFieldPaths()) {
    EXPECT_EQ(loaded->origins.count(path), 1u) << path;
  }
  const v1::Config& config = loaded->config;
  EXPECT_TRUE(config.has_thrifty() && config.has_f() && config.has_e());
  EXPECT_TRUE(config.debug().has_trace_level() && config.directories().has_metrics());
}

TEST_F(ConfigFileTest, FlagsBeatTheEnvironmentThatBeatsTheFileThatBeatsDefaults) {
  const std::string text = bad_config::With(R"(, "partitions": 2, "hash_seed": 2, "batch":
      {"commands_max": 2})");
  const absl::StatusOr<LoadedConfig> loaded =
      Load(text, {{"ALTHING_HASH_SEED", "3"}, {"ALTHING_BATCH_COMMANDS_MAX", "3"}},
           {{"batch.commands_max", "4"}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.timing().tick_ms(), 10u);
  EXPECT_EQ(loaded->config.partitions(), 2u);
  EXPECT_EQ(loaded->config.hash_seed(), 3u);
  EXPECT_EQ(loaded->config.batch().commands_max(), 4u);
  EXPECT_EQ(loaded->origins.at("timing.tick_ms"), Origin::kDefault);
  EXPECT_EQ(loaded->origins.at("partitions"), Origin::kFile);
  EXPECT_EQ(loaded->origins.at("hash_seed"), Origin::kEnvironment);
  EXPECT_EQ(loaded->origins.at("batch.commands_max"), Origin::kFlag);
}

TEST_F(ConfigFileTest, LooksAtNoVariablesOfOthers) {
  EXPECT_EQ(Message(minimal_, {{"HOME", "x"}, {"ALTHING_CLIENT_ANYTHING", "x"}}), "OK");
}

TEST_F(ConfigFileTest, FindsItsVariablesInTheProcess) {
  ASSERT_EQ(setenv("ALTHING_PARTITIONS", "5=6", 1), 0);
  ASSERT_EQ(setenv("ALTHING_CLIENT_TIMEOUT", "1", 1), 0);
  const Texts found = AlthingEnvironment();
  unsetenv("ALTHING_PARTITIONS");
  unsetenv("ALTHING_CLIENT_TIMEOUT");
  EXPECT_EQ(found, (Texts{{"ALTHING_PARTITIONS", "5=6"}}));
}

TEST_F(ConfigFileTest, NamesVariablesAfterPaths) {
  EXPECT_EQ(EnvironmentName("batch.bytes_max"), "ALTHING_BATCH_BYTES_MAX");
  EXPECT_EQ(EnvironmentName("f"), "ALTHING_F");
}

TEST_F(ConfigFileTest, DescribesEachValueWithItsOrigin) {
  const absl::StatusOr<LoadedConfig> loaded = Load(
      bad_config::With(R"(, "thrifty": false, "debug": {"drop_percent": 0.5})"),
      {{"ALTHING_DIRECTORIES_METRICS", "some where"}}, {{"hash_seed", "18446744073709551615"}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(DescribeConfig(*loaded),
            R"(cluster_id                   "althing"             default
f                            0                     default
e                            0                     default
partitions                   1                     default
hash_seed                    18446744073709551615  flag
thrifty                      false                 file
durability                   "fsync"               default
schedulers.incoming          "fifo"                default
schedulers.outgoing          "fifo"                default
batch.commands_max           1000                  default
batch.bytes_max              262144                default
batch.window_instances_max   64                    default
queues.client_messages_max   20000                 default
queues.client_bytes_max      268435456             default
queues.peer_messages_max     100000                default
queues.peer_bytes_max        67108864              default
queues.frame_bytes_max       1048576               default
limits.key_bytes_max         4096                  default
limits.value_bytes_max       1048576               default
limits.request_bytes_max     4194304               default
limits.request_commands_max  1000                  default
limits.sessions_max          100000                default
limits.session_answers_max   10000                 default
limits.port_bytes_max        1073741824            default
timing.tick_ms               10                    default
timing.fast_path_ms          20                    default
timing.resend_ms             100                   default
timing.resend_ms_max         2000                  default
timing.catch_up_ms           50                    default
timing.request_ms            10000                 default
timing.drain_ms              2000                  default
timing.session_ms            60000                 default
timing.recover_ms            300                   default
timing.heartbeat_ms          100                   default
timing.suspect_ms            1000                  default
timing.collect_ms            200                   default
timing.slow_ms               1000                  default
turn.messages_max            1000                  default
turn.microseconds_max        2000                  default
directories.metrics          "some where"          environment
directories.data             "run/data"            default
storage.free_mib_min         256                   default
storage.alarm_mib            4096                  default
storage.checkpoint_kib       4096                  default
storage.checkpoint_entries   1000                  default
memory.alarm_mib             4096                  default
log.level                    "info"                default
debug.commit_delay_ms        0                     default
debug.drop_percent           0.5                   file
debug.drop_seed              1                     default
debug.flush_order            "overlapped"          default
debug.trace_level            0                     default
debug.sync_delay_ms          0                     default
replicas[0].id               0                     file
replicas[0].host             "a"                   file
replicas[0].client_port      1                     file
replicas[0].peer_port        2                     file
)");
}

// What --print-config shows, given back as flags or as variables, is the same configuration.
TEST_F(ConfigFileTest, DescriptionRoundTrips) {
  const absl::StatusOr<LoadedConfig> first = Load(
      bad_config::With(R"(, "hash_seed": 18446744073709551615, "debug": {"drop_percent": 12.125,
           "trace_level": 9}, "thrifty": false, "cluster_id": "x.y")"));
  ASSERT_TRUE(first.ok()) << first.status();
  Texts flags;
  Texts variables;
  std::istringstream lines(DescribeConfig(*first));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string path, value;
    words >> path >> value;
    if (path.rfind("replicas", 0) == 0) continue;
    if (value.front() == '"') value = value.substr(1, value.size() - 2);
    flags[path] = value;
    variables[EnvironmentName(path)] = value;
  }
  ASSERT_EQ(flags.size(), ConfigFieldPaths().size());
  using google::protobuf::util::MessageDifferencer;
  const absl::StatusOr<LoadedConfig> by_flags = Load(minimal_, {}, flags);
  ASSERT_TRUE(by_flags.ok()) << by_flags.status();
  EXPECT_TRUE(MessageDifferencer::Equals(first->config, by_flags->config));
  const absl::StatusOr<LoadedConfig> by_variables = Load(minimal_, variables);
  ASSERT_TRUE(by_variables.ok()) << by_variables.status();
  EXPECT_TRUE(MessageDifferencer::Equals(first->config, by_variables->config));
}

TEST_F(ConfigFileTest, WarnsOfDebugSettingsOnly) {
  const absl::StatusOr<LoadedConfig> normal = Load(minimal_);
  ASSERT_TRUE(normal.ok()) << normal.status();
  EXPECT_THAT(DebugWarnings(normal->config), IsEmpty());
  const absl::StatusOr<LoadedConfig> debug = Load(
      bad_config::With(R"(, "debug": {"commit_delay_ms": 5, "drop_percent": 2.5, "drop_seed": 8,
                              "flush_order": "in_sequence", "trace_level": 2,
                              "sync_delay_ms": 7}, "durability": "fsync")"));
  ASSERT_TRUE(debug.ok()) << debug.status();
  EXPECT_THAT(DebugWarnings(debug->config),
              ElementsAre("debug.commit_delay_ms delays each commit broadcast by 5 ms.",
                          "debug.drop_percent throws away 2.5 % of the messages between replicas "
                          "(seed 8).",
                          "debug.flush_order in_sequence waits for the disk before each PreAccept "
                          "and after each fast decision.",
                          "debug.trace_level 2 writes a trace of the messages between replicas.",
                          "debug.sync_delay_ms makes each sync of the log take 7 ms longer."));
}

TEST_F(ConfigFileTest, ReadsTheDefaultClusterOfTheTree) {
  const absl::StatusOr<LoadedConfig> loaded = LoadConfig(ALTHING_SOURCE_DIR "/config.json", {}, {});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->config.replicas_size(), 5);
  EXPECT_EQ(loaded->config.f(), 2u);
  EXPECT_THAT(DebugWarnings(loaded->config), IsEmpty());
}

}  // namespace
}  // namespace althing
