// Clients that write and read all the time, beside the test's main thread.
#ifndef ALTHING_TESTS_PROCESS_LOAD_H_
#define ALTHING_TESTS_PROCESS_LOAD_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/process/cluster.h"
#include "tests/process/history.h"

namespace althing {

struct LoadPlan {
  std::vector<int> replicas;  // Each client takes them in turn, beginning with another one.
  int clients = 8;
  int keys = 3;              // "key0", "key1" ... All clients use all.
  int operations_max = 100;  // Per client.
  absl::Duration timeout = kCallTimeout;
};

// Two writes, then a read, and so on. Values are "c3.17": the 17th operation of client 3.
class Load {
 public:
  // Starts. REQUIRES: the replicas run.
  Load(const Cluster& cluster, LoadPlan plan);
  ~Load();

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
    History history;
    std::vector<std::string> error_codes;
    std::thread thread;
  };
  void Run(int number, Client& client, Worker& worker);

  const LoadPlan plan_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> done_ = 0;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_LOAD_H_
