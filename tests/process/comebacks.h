// Replicas that end and start again on what they kept, and what is demanded of them then.
#ifndef ALTHING_TESTS_PROCESS_COMEBACKS_H_
#define ALTHING_TESTS_PROCESS_COMEBACKS_H_

#include <chrono>
#include <map>
#include <vector>

#include "tests/process/cluster.h"
#include "tests/process/session_load.h"

namespace althing {

// Ends and starts replicas, and measures how long each takes from its start until it says that it
// is ready. Used by the test's main thread only.
class Comebacks {
 public:
  using Clock = std::chrono::steady_clock;
  // What a start may take of its own: to read its log, to meet its peers, to wait for its disk. Not
  // what it lasts that its event loop could go on while other processes have the processors: a busy
  // machine says nothing about the replica.
  static constexpr std::chrono::seconds kReadyWithin{5};

  explicit Comebacks(Cluster& cluster) : cluster_(cluster) {}

  // All before the first of them is waited for.
  void Kill(const std::vector<int>& victims);
  void Start(int i);
  void Start(const std::vector<int>& replicas);
  // Who has become ready since; the test fails for each that took longer of its own than
  // kReadyWithin.
  // REQUIRES: enough replicas run.
  void Look();
  // Looks until all that were started are ready.
  void WaitReady();

  int starts() const { return starts_; }
  std::chrono::milliseconds slowest() const { return slowest_; }

 private:
  struct Starting {
    Clock::time_point since;
    size_t log_size = 0;  // Of what it had said before.
  };

  Cluster& cluster_;
  std::map<int, Starting> starting_;
  int starts_ = 0;
  std::chrono::milliseconds slowest_{0};
};

// Ends the load and demands of the cluster: all replicas reach each other, what they answered is
// what one store would, no acknowledged write is lost, all that was begun is decided, all hold the
// same, and none has seen an error. Prints how many writes were acknowledged.
void ExpectNothingLost(Cluster& cluster, SessionLoad& load);

// A positive number of the environment, or `otherwise`.
int NumberOf(const char* variable, int otherwise);

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_COMEBACKS_H_
