#include "tests/process/cluster.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

std::string BinaryPath(const std::string& name) {
  return absl::StrCat(ALTHING_BINARY_DIR, "/", name);
}

std::string MakeDirectory() {
  std::string path = testing::TempDir() + "althing.XXXXXX";
  EXPECT_NE(mkdtemp(path.data()), nullptr) << path;
  return path;
}

Json ReplicasJson(const ReservedPorts& ports, int members) {
  Json replicas = Json::array();
  for (size_t i = 0; i < static_cast<size_t>(members); ++i) {
    replicas.push_back({{"id", i},
                        {"host", "127.0.0.1"},
                        {"client_port", ports[2 * i]},
                        {"peer_port", ports[2 * i + 1]}});
  }
  return replicas;
}

}  // namespace

v1::Command MakeCommand(v1::Operation operation, const std::string& key, const std::string& value) {
  v1::Command command;
  command.set_operation(operation);
  command.set_key(key);
  command.set_value(value);
  return command;
}

Cluster::Cluster(int members, const Json& settings)
    : ports_(2 * static_cast<size_t>(members)),
      directory_(MakeDirectory()),
      config_{
          {"replicas", ReplicasJson(ports_, members)},
          {"durability", "none"},  // Tests of the disk ask for it.
          {"directories", {{"metrics", directory_ + "/metrics"}, {"data", directory_ + "/data"}}}},
      replicas_(static_cast<size_t>(members)) {
  config_.merge_patch(settings);
  config_path_ = WriteConfig("config.json", Json::object());
  client_ = MakeClient();
}

Cluster::~Cluster() {
  for (const auto& replica : replicas_) {
    if (replica != nullptr) replica->Signal(SIGTERM);
  }
  for (int i = 0; i < members(); ++i) {
    if (!running(i)) continue;
    EXPECT_EQ(replica(i).WaitExit().value_or(-1), 0) << "replica " << i << " did not stop well";
  }
  replicas_.clear();
  if (testing::Test::HasFailure()) {
    std::cerr << "configuration, logs and metrics are kept in " << directory_ << "\n";
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string Cluster::WriteConfig(const std::string& name, const Json& settings) const {
  Json config = config_;
  config.merge_patch(settings);
  const std::string path = absl::StrCat(directory_, "/", name);
  std::ofstream(path) << config.dump(1) << "\n";
  return path;
}

void Cluster::Start(int i, const std::vector<std::string>& flags) {
  StartWith(i, config_path_, flags);
}

void Cluster::StartWith(int i, const std::string& config_path,
                        const std::vector<std::string>& flags) {
  std::vector<std::string> command = {BinaryPath("replica"), "--config", config_path, "--id",
                                      absl::StrCat(i)};
  command.insert(command.end(), flags.begin(), flags.end());
  replicas_[static_cast<size_t>(i)] =
      std::make_unique<Process>(Program{std::move(command),
                                        absl::StrCat(directory_, "/replica.", i, ".out"),
                                        absl::StrCat(directory_, "/replica.", i, ".log"),
                                        {}});
}

bool Cluster::StartAll() {
  for (int i = 0; i < members(); ++i) Start(i);
  return WaitLinked();
}

bool Cluster::WaitLinked() {
  std::vector<size_t> endpoints;
  std::set<uint32_t> expected;
  for (int i = 0; i < members(); ++i) {
    if (!running(i)) continue;
    endpoints.push_back(static_cast<size_t>(i));
    expected.insert(static_cast<uint32_t>(i));
  }
  return WaitUntil([&] {
    // A connection that was lost is made again only while someone waits for it.
    for (const size_t endpoint : endpoints) client_->Connect(endpoint, absl::Seconds(1));
    for (const auto& answer : client_->Status(endpoints, absl::Seconds(5))) {
      if (!answer.status.ok()) return false;
      std::set<uint32_t> reached = {answer.reply.replica()};
      for (const v1::PeerState& peer : answer.reply.peers()) {
        if (peer.reachable()) reached.insert(peer.replica());
      }
      const bool enough =
          reached.size() + answer.reply.failures_tolerated() >= answer.reply.members();
      if (reached != expected || answer.reply.ready() != enough) return false;
    }
    return true;
  });
}

void Cluster::Kill(int i) {
  replica(i).Signal(SIGKILL);
  EXPECT_EQ(replica(i).WaitExit(), 128 + SIGKILL) << "replica " << i;
  replicas_[static_cast<size_t>(i)].reset();
}

int Cluster::Terminate(int i) {
  replica(i).Signal(SIGTERM);
  return WaitEnd(i);
}

int Cluster::WaitEnd(int i) {
  const int exit_code = replica(i).WaitExit().value_or(-1);
  replicas_[static_cast<size_t>(i)].reset();
  return exit_code;
}

std::string Cluster::Log(int i) const {
  return ReadFile(absl::StrCat(directory_, "/replica.", i, ".log"));
}

std::string Cluster::MetricsPath(int i) const {
  return absl::StrCat(directory_, "/metrics/metrics.", i, ".json");
}

Finished Cluster::RunClient(const std::vector<std::string>& arguments,
                            std::map<std::string, std::string> environment) const {
  std::vector<std::string> command = {BinaryPath("client")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  environment.emplace("ALTHING_CLIENT_CONFIG", config_path_);
  return RunToEnd(directory_, std::move(command), std::move(environment));
}

Finished Cluster::RunReplica(const std::string& config_path,
                             const std::vector<std::string>& arguments,
                             std::map<std::string, std::string> environment) const {
  std::vector<std::string> command = {BinaryPath("replica"), "--config", config_path};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunToEnd(directory_, std::move(command), std::move(environment));
}

std::unique_ptr<AdminClient> Cluster::MakeClient(const std::vector<int>& ports) const {
  std::vector<Endpoint> endpoints;
  for (int i = 0; i < members(); ++i) {
    const int port = ports.empty() ? client_port(i) : ports[static_cast<size_t>(i)];
    endpoints.push_back({static_cast<uint32_t>(i), absl::StrCat("127.0.0.1:", port)});
  }
  return std::make_unique<AdminClient>(std::move(endpoints), nullptr);
}

Answer Cluster::Put(int i, const std::string& key, const std::string& value) {
  return client_->Propose(static_cast<size_t>(i), MakeCommand(v1::OPERATION_PUT, key, value),
                          kCallTimeout);
}

std::string Cluster::Get(int i, const std::string& key) {
  const Answer answer =
      client_->Propose(static_cast<size_t>(i), MakeCommand(v1::OPERATION_GET, key), kCallTimeout);
  if (!answer.status.ok()) return answer.status.ToString();
  return absl::StrCat(answer.reply.results(0).found() ? answer.reply.results(0).value() : "none",
                      " version ", answer.reply.results(0).version());
}

Json Cluster::Metrics(int i) {
  const auto answers = client_->Metrics({static_cast<size_t>(i)}, kCallTimeout);
  EXPECT_TRUE(answers[0].status.ok()) << "replica " << i << ": " << answers[0].status;
  return Json::parse(answers[0].reply.json(), nullptr, false);
}

bool Cluster::WaitExecuted(std::optional<uint64_t> commands) {
  return WaitUntil([&] {
    std::set<uint64_t> counts;
    for (int i = 0; i < members(); ++i) {
      if (running(i)) counts.insert(Metrics(i).value("ExecutedCommands", uint64_t{0}));
    }
    return counts.size() == 1 && *counts.begin() == commands.value_or(*counts.begin());
  });
}

}  // namespace althing
