#include "client/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <sstream>

#include "client/outcome.h"
#include "tests/client/fake_replica.h"

namespace althing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class CliTest : public ::testing::Test {
 protected:
  int Run(std::vector<const char*> arguments) {
    out_.str("");
    err_.str("");
    arguments.insert(arguments.begin(), "client");
    const CliHost host = {in_, out_, err_, false, {}, "1.2.3", [this](const std::string& path) {
                            config_read_ = path;
                            return config_;
                          }};
    return RunCli(host, static_cast<int>(arguments.size()), arguments.data());
  }

  FakeReplica replica_{0};
  absl::StatusOr<std::vector<Endpoint>> config_ = std::vector<Endpoint>{{0, replica_.address()}};
  std::string config_read_;
  std::istringstream in_;
  std::ostringstream out_, err_;
};

TEST_F(CliTest, RunsCommandsOnTheConfiguredCluster) {
  EXPECT_EQ(Run({"put", "k", "v"}), kExitOk);
  EXPECT_EQ(out_.str(), "OK\n");
  EXPECT_EQ(config_read_, "config.json");
  EXPECT_EQ(Run({"--config", "other.json", "get", "k"}), kExitOk);
  EXPECT_EQ(out_.str(), "v\n");
  EXPECT_EQ(config_read_, "other.json");
  EXPECT_EQ(Run({"get", "absent"}), kExitNo);
  EXPECT_EQ(Run({"del", "k"}), kExitOk);
  EXPECT_EQ(out_.str(), "1\n");
}

TEST_F(CliTest, WritesTakeConditionsEncodingsAndFiles) {
  in_.str("from\nstdin");
  EXPECT_EQ(Run({"put", "6b", "--encoding", "hex", "--value-file", "-", "--if-absent"}), kExitOk)
      << err_.str();
  EXPECT_EQ(Run({"get", "k"}), kExitOk);
  EXPECT_EQ(out_.str(), "from\nstdin\n");
  EXPECT_EQ(Run({"put", "k", "v", "--if-absent"}), kExitNo);
  EXPECT_EQ(Run({"append", "k", "v"}), kExitOk);
  EXPECT_EQ(Run({"put", "zz", "00", "--encoding", "hex"}), kExitInvalidInput);
  EXPECT_EQ(err_.str(),
            "error: put: KEY is not hex. Write two digits 0-9 a-f a byte. Written: no.\n");
  EXPECT_EQ(Run({"get", "k", "--if-absent"}), kExitUsage);
  EXPECT_EQ(Run({"put", "k", "v", "--if-version", "x"}), kExitUsage);
  EXPECT_EQ(Run({"put", "k", "v", "--encoding", "morse"}), kExitUsage);
}

TEST_F(CliTest, ABatchComesFromArgumentsOrStandardInput) {
  EXPECT_EQ(Run({"batch", "put k v", "get k"}), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), "OK\nv\n");
  in_.str("put 6a 76\nput k v --encoding utf8\n");
  EXPECT_EQ(Run({"batch", "--encoding", "hex"}), kExitOk) << err_.str();
  EXPECT_EQ(Run({"batch", "get j", "put k w --if-absent"}), kExitNo);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(Run({"batch", "get j", "set k"}), kExitInvalidInput);
  EXPECT_EQ(err_.str(),
            "error: batch: command 2: there is no command \"set\". Choose put, append, get or del. "
            "Written: no.\n");
  EXPECT_EQ(Run({"batch", "get j", "--replica", "9"}), kExitInvalidInput);
}

TEST_F(CliTest, ScriptsComeFromAFileOrStandardInput) {
  in_.str("put k v\nreplica=0 get k\nexpect v\n");
  EXPECT_EQ(Run({"script", "-"}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("get k: v, version 1\n2 accesses, 2 answered"));
  in_.clear();
  in_.str("put 6b 76\nget 6b\nexpect 77\n");
  EXPECT_EQ(Run({"script", "-", "--encoding", "hex", "-o", "json", "--repeat", "2"}), kExitNo);
  EXPECT_THAT(err_.str(), HasSubstr("standard input:3: expected \"w\", found \"v\""));
  EXPECT_EQ(Run({"script", "/dev/null"}), kExitInvalidInput);
  in_.clear();
  in_.str("get k");
  EXPECT_EQ(Run({"script", "-", "--format", "json"}), kExitInvalidInput);
  EXPECT_EQ(Run({"script"}), kExitUsage);
  EXPECT_EQ(Run({"script", "-", "--repeat", "0"}), kExitUsage);
}

TEST_F(CliTest, AShellWithoutATerminalRunsAScript) {
  in_.str("put k v\nget k\nexpect w\n");
  EXPECT_EQ(Run({"repl"}), kExitNo);
  EXPECT_THAT(out_.str(), HasSubstr("2 accesses, 2 answered"));
  EXPECT_THAT(err_.str(), HasSubstr("standard input:3: expected \"w\", found \"v\""));
}

TEST_F(CliTest, GlobalFlagsMayFollowTheCommand) {
  EXPECT_EQ(Run({"put", "k", "v", "-o", "json"}), kExitOk);
  EXPECT_THAT(out_.str(), StartsWith(R"({"key":"k",)"));
  EXPECT_EQ(Run({"-o", "json", "get", "k"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr(R"("value":"v")"));
}

TEST_F(CliTest, EndpointsTakeThePlaceOfTheConfiguration) {
  EXPECT_EQ(Run({"--endpoints", replica_.address().c_str(), "put", "k", "v"}), kExitOk);
  EXPECT_EQ(config_read_, "");
  EXPECT_EQ(Run({"--endpoints", "nonsense", "put", "k", "v"}), kExitInvalidInput);
  EXPECT_THAT(err_.str(), StartsWith("error: client: --endpoints: \"nonsense\" is not host:port."));
}

TEST_F(CliTest, TheEnvironmentStandsInForFlagsAndFlagsBeatIt) {
  setenv("ALTHING_CLIENT_ENDPOINTS", replica_.address().c_str(), 1);
  setenv("ALTHING_CLIENT_OUTPUT", "json", 1);
  setenv("ALTHING_CLIENT_REPLICA", "0", 1);
  EXPECT_EQ(Run({"put", "k", "v"}), kExitOk);
  EXPECT_THAT(out_.str(), StartsWith("{"));
  EXPECT_EQ(config_read_, "");
  EXPECT_EQ(Run({"put", "k", "v", "-o", "text"}), kExitOk);
  EXPECT_EQ(out_.str(), "OK\n");
  EXPECT_EQ(Run({"put", "k", "v", "--replica", "3"}), kExitInvalidInput);
  unsetenv("ALTHING_CLIENT_ENDPOINTS");
  unsetenv("ALTHING_CLIENT_OUTPUT");
  unsetenv("ALTHING_CLIENT_REPLICA");
}

TEST_F(CliTest, ValuesMayBeginWithADash) {
  EXPECT_EQ(Run({"put", "--", "k", "-5"}), kExitOk) << err_.str();
  EXPECT_EQ(Run({"get", "k"}), kExitOk);
  EXPECT_EQ(out_.str(), "-5\n");
}

TEST_F(CliTest, EmptyTextsReachTheCommand) {
  EXPECT_EQ(Run({"put", "k", ""}), kExitOk) << err_.str();
  EXPECT_EQ(Run({"get", "k"}), kExitOk);
  EXPECT_EQ(out_.str(), "\n");
  EXPECT_EQ(Run({"get", ""}), kExitInvalidInput);
}

TEST_F(CliTest, MistakesOfUsageAreSixtyFour) {
  for (std::vector<const char*> wrong : {std::vector<const char*>{},
                                         {"fetch"},
                                         {"put", "k"},
                                         {"put", "k", "v", "--value-file", "-"},
                                         {"put", "k", "v", "--if-absent", "--if-version", "1"},
                                         {"get"},
                                         {"get", "a", "b"},
                                         {"--timeout", "soon", "get", "k"},
                                         {"--timeout", "0", "get", "k"},
                                         {"-o", "xml", "get", "k"},
                                         {"get", "k", "--level", "1"},
                                         {"run", "-n", "-1"}}) {
    EXPECT_EQ(Run(wrong), kExitUsage) << out_.str();
    EXPECT_EQ(out_.str(), "");
    EXPECT_NE(err_.str(), "");
  }
}

TEST_F(CliTest, HelpAndVersionAreAnswers) {
  EXPECT_EQ(Run({"--help"}), kExitOk);
  for (const char* word :
       {"put", "append", "get", "del", "script", "repl", "run", "status", "metrics", "trace"}) {
    EXPECT_THAT(out_.str(), HasSubstr(word));
  }
  EXPECT_EQ(Run({"--version"}), kExitOk);
  EXPECT_EQ(out_.str(), "1.2.3\n");
}

TEST_F(CliTest, ABadConfigurationIsInvalidInput) {
  config_ = absl::NotFoundError("config.json: no such file. Name another with --config");
  EXPECT_EQ(Run({"status"}), kExitInvalidInput);
  EXPECT_EQ(err_.str(),
            "error: client: config.json: no such file. Name another with --config. "
            "Written: no.\n");
}

TEST_F(CliTest, AnOutputThatCannotBeWrittenIsAnError) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(Run({"put", "k", "v"}), kExitOutput);
  EXPECT_THAT(err_.str(), StartsWith("error: standard output cannot be written"));
  EXPECT_EQ(replica_.proposals(), 1);
}

TEST_F(CliTest, LoadAndAdministrationAreReachable) {
  replica_.status.set_trace_level(2);
  EXPECT_EQ(Run({"run", "-n",        "20",       "--concurrency", "2",  "--conflict",
                 "50",  "--reads",   "10",       "--value-bytes", "8",  "--seed",
                 "3",   "--warmup",  "5",        "--duration",    "60", "--key-prefix",
                 "p.",  "--history", "/dev/null"}),
            kExitOk)
      << err_.str();
  EXPECT_THAT(out_.str(), StartsWith("operations   20 ("));
  EXPECT_EQ(replica_.proposals(), 25);
  EXPECT_EQ(Run({"trace"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("trace level 2"));
  EXPECT_EQ(Run({"trace", "--level", "1"}), kExitOk);
  EXPECT_EQ(Run({"metrics", "--replica", "0"}), kExitOk);
  EXPECT_EQ(out_.str(), "{}\n");
  EXPECT_EQ(Run({"status"}), kExitOk);
  EXPECT_THAT(out_.str(), StartsWith("healthy: 1/1, "));
}

TEST_F(CliTest, QuestionsForReasonsAreReachable) {
  replica_.explanation.set_proposals_waiting(1);
  EXPECT_EQ(Run({"explain", "6b", "--encoding", "hex"}), kExitOk) << err_.str();
  EXPECT_EQ(replica_.explain_request.ShortDebugString(), "key: \"k\"");
  EXPECT_EQ(Run({"explain", "--instance", "0.17", "--partition", "2", "--replica", "0"}), kExitNo);
  EXPECT_EQ(replica_.explain_request.ShortDebugString(), "instance { slot: 17 } partition: 2");
  for (std::vector<const char*> wrong : {std::vector<const char*>{"explain"},
                                         {"explain", "k", "--instance", "0.1"},
                                         {"explain", "k", "--partition", "x"},
                                         {"trace", "show"},
                                         {"trace", "show", "0.1", "--format", "pdf"},
                                         {"trace", "--level", "1", "show", "0.1"},
                                         {"trace", "hide"}}) {
    EXPECT_EQ(Run(wrong), kExitUsage) << out_.str();
  }

  v1::TraceEvent& event = *replica_.trace_events.add_events();
  event.set_kind(v1::TraceEvent::KIND_COMMITTED);
  EXPECT_EQ(Run({"trace", "show", "0.17", "-p", "3", "--format", "mermaid"}), kExitOk)
      << err_.str();
  EXPECT_EQ(replica_.trace_request.ShortDebugString(), "instance { slot: 17 } partition: 3");
  EXPECT_THAT(out_.str(), HasSubstr("sequenceDiagram"));
  EXPECT_EQ(Run({"-o", "json", "trace", "show", "0.17"}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"traceEvents\""));
  EXPECT_EQ(Run({"trace", "show", "0.17", "--replica", "0"}), kExitOk) << err_.str();
  EXPECT_EQ(Run({"trace", "show", "0.17", "--replica", "3"}), kExitInvalidInput);
  EXPECT_EQ(Run({"trace", "--replica", "3", "show", "0.17"}), kExitInvalidInput);
  setenv("ALTHING_CLIENT_REPLICA", "3", 1);
  EXPECT_EQ(Run({"trace", "show", "0.17"}), kExitInvalidInput);
  EXPECT_EQ(Run({"trace", "show", "0.17", "--replica", "0"}), kExitOk) << err_.str();
  unsetenv("ALTHING_CLIENT_REPLICA");
  EXPECT_EQ(replica_.status.trace_level(), 0u);
}

}  // namespace
}  // namespace althing
