// Clients that send at a fixed rate, whether or not answers come: what waits is seen as waiting.
#ifndef ALTHING_TESTS_BENCH_CRASH_OPEN_LOOP_H_
#define ALTHING_TESTS_BENCH_CRASH_OPEN_LOOP_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "client/admin_client.h"
#include "client/workload/random.h"
#include "tests/bench/crash/crash_series.h"

namespace althing {

struct OpenLoopPlan {
  double per_second = 1000;  // Of all endpoints together, which take turns.
  // Writes of one key that all share; any other has a key of its own. The mortal's are all on the
  // shared one, so that it dies with one of them under way.
  double shared_percent = 5;
  int64_t begin_ns = 0, end_ns = 0;  // Of sending, by NowNs of client/library/loop.h.
  absl::Duration timeout = absl::Seconds(10);
  std::string key_prefix = "";
  uint64_t seed = 1;
};

class OpenLoop {
 public:
  // The endpoint numbered `mortal` is called until LeaveOut(); its calls are not recorded.
  OpenLoop(AdminClient& client, const OpenLoopPlan& plan, size_t mortal);
  ~OpenLoop();

  // Sends until the end, waits for all answers; what the others' clients saw. To be called once.
  std::vector<CrashSample> Run();
  // Of any thread.
  void LeaveOut() { left_out_ = true; }

 private:
  struct Call;

  void Send(size_t endpoint, int64_t due_ns);
  // Takes answers until the time is there.
  void Receive(int64_t until_ns);

  AdminClient& client_;
  const OpenLoopPlan plan_;
  const size_t mortal_;
  std::atomic<bool> left_out_ = false;
  grpc::CompletionQueue queue_;
  Random random_;
  uint64_t sent_ = 0;
  size_t outstanding_ = 0;
  std::vector<CrashSample> samples_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_BENCH_CRASH_OPEN_LOOP_H_
