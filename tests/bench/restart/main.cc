// restart_bench: how long a replica takes from its start on a long log until it serves, and with
// what. docs/storage.md holds its numbers.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "pb/config_file.h"
#include "replica/core/check.h"
#include "replica/core/replica_core.h"
#include "replica/net/build_options.h"
#include "replica/net/hello.h"
#include "replica/storage/rocksdb_log.h"
#include "tests/bench/restart/long_log.h"

namespace althing {
namespace {

using SteadyTime = std::chrono::steady_clock;

struct Task {
  std::string config_path;  // Empty: one of its own, in `directory`.
  uint32_t id = 0;
  std::string directory = "run/restart_bench";
  std::string replica = "build/release/replica";
  uint64_t instances = 1'000'000;
  uint64_t keys = 100'000;
  uint32_t value_bytes = 16;
  uint32_t members = 5;
  bool make_only = false;
  bool parts = false;
};

struct Cluster {
  v1::Config config;
  Quorums quorums;
  MemberIndex self;

  std::string Data() const {
    return absl::StrCat(config.directories().data(), "/replica.", config.replicas(self.value).id());
  }
  LogStore::Options Store() const {
    return {.directory = Data(),
            .cluster_id = config.cluster_id(),
            .replica = ReplicaId{config.replicas(self.value).id()},
            .config_hash = ConfigHash(config, quorums),
            .sync = config.durability() == "fsync"};
  }
};

double Seconds(SteadyTime::time_point since) {
  return std::chrono::duration<double>(SteadyTime::now() - since).count();
}

double CpuSeconds() {
  rusage used = {};
  CHECK(getrusage(RUSAGE_SELF, &used) == 0);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

uint64_t ResidentMib(pid_t pid) {
  std::ifstream statm(absl::StrCat("/proc/", pid, "/statm"));
  uint64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) >> 20;
}

// Ports that nobody is likely to use.
void WriteConfig(const Task& task, const std::string& path) {
  std::filesystem::create_directories(task.directory);
  std::ofstream file(path);
  file << R"({"cluster_id": "restart-bench", "durability": "fsync", "replicas": [)";
  for (uint32_t i = 0; i < task.members; ++i) {
    file << (i == 0 ? "" : ", ") << R"({"id": )" << i << R"(, "host": "127.0.0.1", "client_port": )"
         << 27'300 + i << R"(, "peer_port": )" << 27'400 + i << "}";
  }
  file << R"(], "directories": {"metrics": ")" << task.directory << R"(", "data": ")"
       << task.directory << R"("}})";
}

absl::StatusOr<Cluster> Load(const Task& task) {
  auto loaded = LoadConfig(task.config_path, {}, {});
  if (!loaded.ok()) return loaded.status();
  auto quorums = MakeQuorums(loaded->config);
  if (!quorums.ok()) return quorums.status();
  const auto self = FindMember(loaded->config, ReplicaId{task.id});
  if (!self.has_value()) return absl::NotFoundError(absl::StrCat("no replica ", task.id));
  return Cluster{std::move(loaded->config), *std::move(quorums), *self};
}

absl::StatusOr<std::unique_ptr<RocksDbLog>> OpenAndRead(
    const Cluster& cluster, absl::FunctionRef<absl::Status(const pb::Record&)> visit) {
  auto log = RocksDbLog::Open({.store = cluster.Store()});
  if (!log.ok()) return log.status();
  const absl::Status read = (*log)->Replay(visit);
  if (!read.ok()) return read;
  return log;
}

absl::Status Fill(const Task& task, const Cluster& cluster) {
  auto log = OpenAndRead(cluster, [](const pb::Record&) {
    return absl::AlreadyExistsError("there is a log already: name an empty directory");
  });
  if (!log.ok()) return log.status();
  LongLog records({.quorums = cluster.quorums,
                   .self = cluster.self,
                   .partitions = cluster.config.partitions(),
                   .hash_seed = cluster.config.hash_seed(),
                   .instances = task.instances,
                   .keys = task.keys,
                   .value_bytes = task.value_bytes});
  constexpr uint64_t kRecordsAFlush = 10'000;
  records.ForEach([&](const pb::Record& record) {
    if ((*log)->Append(record) % kRecordsAFlush == 0) (*log)->FlushNow();
  });
  (*log)->FlushNow();
  std::_Exit(0);  // As after kill -9: nothing is put in order.
}

// In a process of its own, which ends without a word.
bool FillAndDie(const Task& task, const Cluster& cluster) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const absl::Status status = Fill(task, cluster);
    std::cerr << cluster.Data() << ": " << status.message() << "\n";
    std::_Exit(1);
  }
  int ended = 0;
  return waitpid(child, &ended, 0) == child && ended == 0;
}

void Print(const std::string& what, double wall_s, double cpu_s, uint64_t mib) {
  std::printf("%-34s %8.2f s %8.2f s %8ju MiB\n", what.c_str(), wall_s, cpu_s,
              static_cast<uintmax_t>(mib));
  std::fflush(stdout);
}

class Timed {
 public:
  explicit Timed(std::string what) : what_(std::move(what)) {}
  ~Timed() { Print(what_, Seconds(wall_), CpuSeconds() - cpu_, ResidentMib(getpid())); }

 private:
  const std::string what_;
  const SteadyTime::time_point wall_ = SteadyTime::now();
  const double cpu_ = CpuSeconds();
};

// What a start is made of, in this process.
absl::Status TimeParts(const Cluster& cluster) {
  uint64_t records = 0;
  {
    const Timed timed("read and check");
    const auto log = OpenAndRead(cluster, [&](const pb::Record&) {
      ++records;
      return absl::OkStatus();
    });
    if (!log.ok()) return log.status();
  }
  std::printf("%ju records\n", static_cast<uintmax_t>(records));
  ReplicaCore core(MakeCoreOptions(cluster.config, cluster.quorums, cluster.self));
  {
    const Timed timed("read, check and restore");
    const auto log =
        OpenAndRead(cluster, [&](const pb::Record& record) { return core.Restore(record); });
    if (!log.ok()) return log.status();
  }
  const Timed timed("execute");
  for (PartitionId p; p.value < core.partitions(); ++p.value) {
    LogicalTime now{1};
    Output output;
    for (core.Step(p, now, BeginRun{}, output); output.next_tick <= now;) {
      output.Clear();
      core.Step(p, now, Tick{}, output);
    }
  }
  return absl::OkStatus();
}

// User and system time of the process so far.
double CpuSecondsOf(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::vector<std::string> fields = absl::StrSplit(all.substr(all.rfind(')') + 2), ' ');
  double user = 0, system = 0;
  CHECK(absl::SimpleAtod(fields[11], &user) && absl::SimpleAtod(fields[12], &system));
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

bool Listens(uint32_t port) {
  const int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      connect(caller, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(caller);
  return connected;
}

// The program itself, from its start until clients can reach it; then it is killed.
absl::Status TimeProgram(const Task& task, uint32_t client_port) {
  constexpr double kPatienceS = 300;
  const std::string log = task.directory + "/replica.log";
  const auto start = SteadyTime::now();
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, STDERR_FILENO);
    const std::string id = absl::StrCat(task.id);
    execl(task.replica.c_str(), "replica", "--config", task.config_path.c_str(), "--id", id.c_str(),
          static_cast<char*>(nullptr));
    std::_Exit(1);
  }
  int ended = 0;
  bool ends = false;
  while (!ends && !Listens(client_port) && Seconds(start) < kPatienceS) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    ends = waitpid(child, &ended, WNOHANG) == child;
  }
  if (ends) return absl::InternalError(task.replica + " has ended: see " + log);
  Print("replica, until it serves", Seconds(start), CpuSecondsOf(child), ResidentMib(child));
  kill(child, SIGKILL);
  CHECK(waitpid(child, &ended, 0) == child);
  return absl::OkStatus();
}

absl::Status Run(Task task) {
  const bool own = task.config_path.empty();
  if (own) {
    task.config_path = task.directory + "/config.json";
    std::filesystem::remove_all(task.directory);
    WriteConfig(task, task.config_path);
  }
  const auto cluster = Load(task);
  if (!cluster.ok()) return cluster.status();
  if (!FillAndDie(task, *cluster)) return absl::InternalError("the log cannot be written");
  if (task.make_only) return absl::OkStatus();
  std::printf("%ju instances of %d members\n%-34s %10s %10s %12s\n",
              static_cast<uintmax_t>(task.instances), cluster->quorums.n(), "", "wall", "cpu",
              "resident");
  const absl::Status status =
      TimeProgram(task, cluster->config.replicas(cluster->self.value).client_port());
  if (status.ok() && task.parts) return TimeParts(*cluster);
  return status;
}

}  // namespace
}  // namespace althing

int main(int argc, char** argv) {
  CLI::App app("Makes the log of a replica and times a start on it.", "restart_bench");
  althing::Task task;
  app.add_option("--instances", task.instances)->capture_default_str();
  app.add_option("--keys", task.keys, "Different ones")->capture_default_str();
  app.add_option("--value_bytes", task.value_bytes)->capture_default_str();
  app.add_option("--members", task.members)->capture_default_str();
  app.add_option("--directory", task.directory, "Of the log; removed first")->capture_default_str();
  app.add_option("--replica", task.replica, "The program")->capture_default_str();
  app.add_flag("--parts", task.parts, "Also time the parts of a start, in this process");
  app.add_option("--config", task.config_path, "Make the log in its data directory");
  app.add_option("--id", task.id, "Of the replica")->capture_default_str();
  app.add_flag("--make-only", task.make_only, "Make the log and end");
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = althing::Run(task);
  if (!status.ok()) std::cerr << "restart_bench: " << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
