// A cluster of real replicas on this machine, and the real client beside it.
#ifndef ALTHING_TESTS_PROCESS_CLUSTER_H_
#define ALTHING_TESTS_PROCESS_CLUSTER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/admin_client.h"
#include "tests/process/ports.h"
#include "tests/process/process.h"

namespace althing {

using Json = nlohmann::json;
using Answer = CallResult<v1::ProposeReply>;

inline constexpr absl::Duration kCallTimeout = absl::Seconds(30);
inline constexpr int kFive = 5;             // Members, of whom any two may be away.
inline constexpr int kNeverMs = 3'600'000;  // No test lasts as long.
inline constexpr size_t kMiB = 1 << 20;

v1::Command MakeCommand(v1::Operation operation, const std::string& key,
                        const std::string& value = "");

// Replicas 0 to members - 1 with a directory of their own for configuration, logs and metrics. At
// the end the replicas that still run are asked to stop, and the test fails if one does not exit
// with 0. The directory is removed unless the test failed. Used by the test's main thread only.
class Cluster {
 public:
  // Starts nothing. `settings` is laid over the file that names the replicas.
  explicit Cluster(int members, const Json& settings = Json::object());
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  int members() const { return static_cast<int>(replicas_.size()); }
  const std::string& directory() const { return directory_; }
  const std::string& config_path() const { return config_path_; }
  int client_port(int i) const { return ports_[2 * static_cast<size_t>(i)]; }
  int peer_port(int i) const { return ports_[2 * static_cast<size_t>(i) + 1]; }
  // Writes another configuration beside the cluster's, changed by `settings`; returns its path.
  std::string WriteConfig(const std::string& name, const Json& settings) const;

  void Start(int i, const std::vector<std::string>& flags = {});
  // With another configuration than the cluster's, as of WriteConfig.
  void StartWith(int i, const std::string& config_path, const std::vector<std::string>& flags = {});
  // Starts all and waits until each reaches each.
  bool StartAll();
  // Waits until each replica that runs reaches exactly the others that run, and serves if they are
  // enough.
  bool WaitLinked();
  // Ends it without warning.
  void Kill(int i);
  // Asks it to stop, and waits for its end.
  int Terminate(int i);
  // Waits until it ends by itself; its exit code, -1 if it does not end.
  int WaitEnd(int i);
  bool running(int i) const { return replicas_[static_cast<size_t>(i)] != nullptr; }
  // REQUIRES: running(i).
  Process& replica(int i) { return *replicas_[static_cast<size_t>(i)]; }
  // What the replica said on its standard error, in all its lives.
  std::string Log(int i) const;
  // Of metrics.I.json.
  std::string MetricsPath(int i) const;

  // The client gets the cluster's configuration unless the arguments name another.
  Finished RunClient(const std::vector<std::string>& arguments,
                     std::map<std::string, std::string> environment = {}) const;
  Finished RunReplica(const std::string& config_path, const std::vector<std::string>& arguments,
                      std::map<std::string, std::string> environment = {}) const;

  // The client library, for what the program cannot do or does too slowly.
  // It calls `ports`, one for each replica, in place of the replicas' own if any are given.
  std::unique_ptr<AdminClient> MakeClient(const std::vector<int>& ports = {}) const;
  Answer Put(int i, const std::string& key, const std::string& value);
  // "VALUE version V", "none version V" or the error.
  std::string Get(int i, const std::string& key);
  Json Metrics(int i);
  // Waits until all running replicas have executed the same number of commands, `commands` if
  // given.
  bool WaitExecuted(std::optional<uint64_t> commands = std::nullopt);

 private:
  const ReservedPorts ports_;
  std::string directory_, config_path_;
  Json config_;
  std::vector<std::unique_ptr<Process>> replicas_;  // Null: never started, or ended.
  std::unique_ptr<AdminClient> client_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_CLUSTER_H_
