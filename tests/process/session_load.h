// Clients of the library, each with its sessions, that write and read all the time, also while all
// replicas end and come back; and whether what was promised to them is still there afterwards.
#ifndef ALTHING_TESTS_PROCESS_SESSION_LOAD_H_
#define ALTHING_TESTS_PROCESS_SESSION_LOAD_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "althing/client.h"
#include "client/workload/random.h"
#include "tests/check/history.h"
#include "tests/process/cluster.h"

namespace althing {

// Of the keys that were written once, those of which the write was acknowledged.
struct ReadBack {
  uint64_t acknowledged = 0;
  uint64_t lost = 0;    // Of these: the key has no value, or another one.
  uint64_t unread = 0;  // Of these: the read failed.
  std::string example;  // A key that was lost.
};

// Half of the writes are of keys that are never written again, half of "key0" to "key3", which all
// clients share; some of those only if nobody else wrote the key since. Calls take 200 ms to 1 s at
// most, and go to one replica after the other. Used by the test's main thread only.
class SessionLoad {
 public:
  static constexpr int kSharedKeys = 4;

  // Starts.
  explicit SessionLoad(const Cluster& cluster, int clients = 8);
  ~SessionLoad();
  SessionLoad(const SessionLoad&) = delete;
  SessionLoad& operator=(const SessionLoad&) = delete;

  // Waits until so many more writes were acknowledged than now.
  bool WaitAcknowledged(uint64_t count) const;
  // Ends each client after its present call.
  void Stop();
  // Reads the keys that were written once. REQUIRES: stopped.
  ReadBack ReadAll();
  // All that was called, also by ReadAll. REQUIRES: stopped.
  check::History history() const;

 private:
  struct Worker {
    int number = 0;
    std::unique_ptr<Client> client;
    check::History history;
    std::map<std::string, uint64_t> versions;  // Of shared keys, last seen.
    std::map<std::string, std::string> once;   // Acknowledged: key -> value.
    std::thread thread;
  };

  void Run(Worker& worker);
  void ReadSome(Worker& worker, const std::vector<std::string>& keys, ReadBack& back);

  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> acknowledged_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_SESSION_LOAD_H_
