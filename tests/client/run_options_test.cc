#include "client/commands/run_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>

#include "tests/client/temporary_path.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

class RunOptionsTest : public ::testing::Test {
 protected:
  ~RunOptionsTest() override { std::remove(path_.c_str()); }

  // As the command line does it; `file` stands in the workload file, none if empty.
  absl::Status Complete(std::vector<std::string> words, const std::string& file = "") {
    if (!file.empty()) {
      std::ofstream(path_) << file;
      words.insert(words.end(), {"--workload", path_});
    }
    CLI::App app;
    DeclareRun(app, options_);
    std::reverse(words.begin(), words.end());
    app.parse(words);
    return CompleteRun([&](const std::string& name) { return app.count(RunFlag(name)) > 0; },
                       options_);
  }
  std::string Message(const std::string& file) { return std::string(Complete({}, file).message()); }

  const std::string path_ = TemporaryPath("run_options.json");
  RunOptions options_;
};

TEST_F(RunOptionsTest, FlagsBeatTheFileWhichBeatsTheYcsbWorkload) {
  ASSERT_TRUE(Complete({"--reads", "10", "--clients", "3"}, R"({
      // Comments are allowed.
      "ycsb": "b", "reads": 20, "clients": 4, "value_bytes": 8, "rate": 1500.5, "scrambled": false,
      "phases": [{"seconds": 2, "rate": 10}, {"seconds": 1.5, "rate": 20, "reads": 50}],
      "partition_weights": [1, 2.5], "key_prefix": "p", "count": 7})")
                  .ok());
  EXPECT_EQ(options_.read_percent, 10);
  EXPECT_EQ(options_.clients, 3u);
  EXPECT_EQ(options_.value_bytes, 8u);
  EXPECT_EQ(options_.rate, 1500.5);
  EXPECT_FALSE(options_.scrambled);
  EXPECT_EQ(options_.keys, "zipf");  // Of the workload B.
  EXPECT_EQ(options_.phases,
            (std::vector<Phase>{{.seconds = 2, .rate = 10},
                                {.seconds = 1.5, .rate = 20, .read_percent = 50}}));
  EXPECT_EQ(options_.partition_weights, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(options_.key_prefix, "p");
  EXPECT_EQ(options_.count, 7u);
}

TEST_F(RunOptionsTest, EachFlagReachesItsOption) {
  ASSERT_TRUE(Complete({"-n", "5", "--phases", "1:10:20,2:30", "--partition-weights", "1,2",
                        "--load", "--leave-out-first", "2", "--keys", "hotspot", "--hot-keys", "5"})
                  .ok());
  EXPECT_EQ(options_.count, 5u);
  EXPECT_EQ(options_.phases.size(), 2u);
  EXPECT_EQ(options_.partition_weights, (std::vector<double>{1, 2}));
  EXPECT_TRUE(options_.load);
  EXPECT_EQ(options_.warm_up_s, 2);
  EXPECT_EQ(options_.hot_keys_percent, 5);
  EXPECT_THROW(Complete({"--phases", "x"}).IgnoreError(), CLI::ValidationError);
}

TEST_F(RunOptionsTest, YcsbWorkloadsHaveTheirShares) {
  for (const auto& [name, reads, modifies, inserts, keys] : {std::tuple("A", 50, 0, 0, "zipf"),
                                                             {"B", 95, 0, 0, "zipf"},
                                                             {"C", 100, 0, 0, "zipf"},
                                                             {"D", 95, 0, 5, "latest"},
                                                             {"F", 50, 50, 0, "zipf"}}) {
    options_ = {};
    ASSERT_TRUE(Complete({"--ycsb", name}).ok()) << name;
    EXPECT_EQ(options_.read_percent, reads) << name;
    EXPECT_EQ(options_.modify_percent, modifies) << name;
    EXPECT_EQ(options_.insert_percent, inserts) << name;
    EXPECT_EQ(options_.keys, keys) << name;
    EXPECT_TRUE(CheckRun(options_).ok()) << name;
  }
  EXPECT_THAT(std::string(Complete({"--ycsb", "E"}).message()),
              HasSubstr("there is no YCSB workload \"E\" here. Choose A, B, C, D or F"));
}

TEST_F(RunOptionsTest, WhatTheFileGetsWrongIsNamed) {
  EXPECT_EQ(Message(R"({"ratee": 5})").substr(path_.size()),
            ": there is no field \"ratee\". Choose among count, duration, rate, phases, mode, "
            "clients, concurrency, warmup, load, leave_out_first, leave_out_last, conflict, "
            "conflict_keys, reads, read_modify_writes, inserts, keys, key_count, theta, "
            "scrambled, hot_keys, hot_operations, partition_weights, key_bytes, value_bytes, "
            "ycsb, seed, key_prefix, start_at, history, csv, json");
  EXPECT_THAT(Message(R"({"count": -1})"), HasSubstr("\"count\" is a whole number from 0 on"));
  EXPECT_THAT(Message(R"({"load": 1})"), HasSubstr("\"load\" is true or false"));
  EXPECT_THAT(Message(R"({"rate": "1"})"), HasSubstr("\"rate\" is a number"));
  EXPECT_THAT(Message(R"({"keys": 1})"), HasSubstr("\"keys\" is text"));
  EXPECT_THAT(Message(R"({"partition_weights": ["1"]})"), HasSubstr("is a list of numbers"));
  EXPECT_THAT(Message(R"({"phases": [{"second": 1}]})"),
              HasSubstr("a phase has no field \"second\". Choose among seconds, rate, reads"));
  EXPECT_THAT(Message(R"({"phases": [{"rate": "x"}]})"), HasSubstr("\"phases.rate\" is a number"));
  EXPECT_THAT(Message(R"({"workload": "x"})"), HasSubstr("there is no field \"workload\""));
  EXPECT_THAT(Message("[]"), HasSubstr("is no object of JSON"));
  EXPECT_THAT(Message("{"), HasSubstr("is no object of JSON"));
  std::remove(path_.c_str());
  EXPECT_THAT(std::string(Complete({"--workload", path_}).message()), HasSubstr("cannot be read"));
  EXPECT_THAT(std::string(Complete({"--workload", "/"}).message()), HasSubstr("cannot be read"));
}

TEST_F(RunOptionsTest, AllOptionsComeBackAsAFileWouldHaveThem) {
  ASSERT_TRUE(
      Complete({"--reads", "10", "--rate", "5", "--key-prefix", "p", "--phases", "1:2"}).ok());
  const RunJson json = RunOptionsJson(options_);
  EXPECT_EQ(json["reads"], 10.0);
  EXPECT_EQ(json["rate"], 5.0);
  EXPECT_EQ(json["key_prefix"], "p");
  EXPECT_EQ(json["phases"], RunJson::parse(R"([{"seconds": 1.0, "rate": 2.0}])"));
  EXPECT_EQ(json["keys"], "new");
  EXPECT_FALSE(json.contains("count"));
  options_ = {};
  ASSERT_TRUE(Complete({}, json.dump()).ok());
  EXPECT_EQ(RunOptionsJson(options_)["phases"], json["phases"]);
}

TEST_F(RunOptionsTest, AnOpenLoopHasRoomUnlessItIsToldOtherwise) {
  EXPECT_EQ(UnderWayOf({}), 1u);
  EXPECT_EQ(UnderWayOf({.clients = 3}), 3u);
  EXPECT_EQ(UnderWayOf({.clients = 3, .concurrency = 5}), 15u);
  EXPECT_EQ(UnderWayOf({.rate = 5}), 10'000u);
  EXPECT_EQ(UnderWayOf({.concurrency = 5, .rate = 5}), 5u);
}

TEST_F(RunOptionsTest, WhatDoesNotFitTogetherIsNamed) {
  const std::pair<RunOptions, const char*> wrong[] = {
      {{.clients = 0}, "--clients is out of range"},
      {{.clients = 1000, .concurrency = 101}, "--concurrency is out of range"},
      {{.rate = 5, .phases = {{.seconds = 1, .rate = 1}}}, "Leave out --duration and --rate"},
      {{.rate = -1}, "a rate is out of range"},
      {{.duration_s = 5, .warm_up_s = 3, .cool_down_s = 2}, "leave nothing to be measured"},
      {{.cool_down_s = 2}, "--leave-out-last needs an end"},
      {{.warm_up_s = -1}, "are seconds. Choose 0 or more"},
      {{.load = true}, "--load is for keys that have a count"},
      {{.warmup = 5, .load = true, .keys = "zipf"}, "Leave out --warmup"},
      {{.keys = "zip"}, "there is no distribution"},
      {{.key_count = 7}, "--key-count is for keys that have a count. Choose --keys"},
      {{.keys = "uniform", .theta = 0.5}, "--theta is for zipf and latest"},
      {{.keys = "zipf", .hot_keys_percent = 1}, "are for hotspot. Choose it with --keys"},
      {{.keys = "zipf", .hot_operations_percent = 1}, "are for hotspot. Choose it with --keys"},
      {{.conflict_keys = 2}, "--conflict-keys is for operations on shared keys"}};
  for (const auto& [options, text] : wrong) {
    EXPECT_THAT(std::string(CheckRun(options).message()), HasSubstr(text));
  }
  EXPECT_TRUE(CheckRun({.warm_up_s = 3}).ok());
  EXPECT_TRUE(CheckRun({.conflict_percent = 1, .conflict_keys = 2}).ok());
  EXPECT_TRUE(CheckRun({.keys = "latest", .key_count = 7, .theta = 0.5}).ok());
  EXPECT_TRUE(CheckRun({.keys = "hotspot", .hot_keys_percent = 1}).ok());
}

}  // namespace
}  // namespace althing
