// Clients that write and read all the time, beside the test's main thread.
#ifndef ALTHING_TESTS_PROCESS_LOAD_H_
#define ALTHING_TESTS_PROCESS_LOAD_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/check/history.h"
#include "tests/process/cluster.h"

namespace althing {

using check::History;

inline constexpr int kNoEnd = 1'000'000;  // Operations: it goes on until it is stopped.

struct LoadPlan {
  std::vector<int> replicas = {};  // Each client takes them in turn, beginning with another one.
  int clients = 8;
  int keys = 3;              // "key0", "key1" ... All clients use all.
  int operations_max = 100;  // Per client.
  absl::Duration timeout = kCallTimeout;
  bool all_operations = false;  // Appends, deletes and conditional writes too.
  std::vector<int> ports = {};  // As of Cluster::MakeClient.
  // How long a client waits after a call that failed, before it comes again.
  absl::Duration after_failure = absl::ZeroDuration();
};

// Two writes, then a read, and so on. Each value is written once: "0c3.17" is of the 17th operation
// of client 3 of the load that begins with replica 0.
class Load {
 public:
  // Starts. REQUIRES: the replicas run.
  Load(const Cluster& cluster, LoadPlan plan);
  ~Load();

  // A write by one client more, of the thread that made this, which stands in the history as well.
  absl::Status Write(int replica, int key);

  // Calls that have returned so far.
  uint64_t done() const { return done_; }
  // Waits until `count` more calls have returned than now.
  bool WaitProgress(uint64_t count) const;
  // Ends each client after its present call; all that was called.
  History Stop();
  // Lets the clients make all their calls.
  History Finish();
  // Those of calls that failed, each once: "UNAVAILABLE", "DEADLINE_EXCEEDED" ...
  std::vector<std::string> ErrorCodes() const;

 private:
  struct Worker {
    std::string history;  // Lines, as the client's program would write them.
    std::vector<std::string> error_codes;
    std::thread thread;
  };
  void Run(int number, AdminClient& client, Worker& worker);
  // Puts it into the worker's history.
  Answer Call(uint64_t number, AdminClient& client, int replica, const v1::Command& command,
              absl::Duration timeout, Worker& worker) const;
  v1::Command NextCommand(int number, int i, const std::map<std::string, uint64_t>& versions) const;

  const LoadPlan plan_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> done_ = 0;
  std::vector<std::unique_ptr<AdminClient>> clients_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<AdminClient> own_client_;
  Worker own_;
  uint64_t own_writes_ = 0;
};

// What no single store can have answered, in words and with a picture in a file; empty if the
// history is linearizable.
std::string FindContradiction(const History& history);

// By key.
std::map<std::string, uint64_t> SuccessfulWrites(const History& history);
uint64_t Failures(const History& history);  // Unknown outcomes too.

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_LOAD_H_
