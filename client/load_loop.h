// The closed loop of a load run: a fixed number of operations is always under way, each answered
// one is followed by the next, all on one completion queue and in the calling thread.
#ifndef ALTHING_CLIENT_LOAD_LOOP_H_
#define ALTHING_CLIENT_LOAD_LOOP_H_

#include <grpcpp/completion_queue.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "client/admin_client.h"
#include "client/report/history_line.h"
#include "client/report/load_result.h"
#include "client/workload/conflict_tracker.h"
#include "client/workload/generator.h"

namespace althing {

// The endpoints that operations go to, one after the other and round again; a single one for a
// fixed replica.
using Route = std::vector<size_t>;

struct LoadOptions {
  size_t concurrency = 1;  // At least 1.
  Route route;             // Not empty.
  absl::Duration timeout;  // Of each operation.
  // Gets each operation once its call has ended, warm-up writes and interrupted ones too.
  std::function<void(const HistoryRecord&)> record = {};
};

struct LoadGoal {
  uint64_t operations = UINT64_MAX;
  std::optional<absl::Duration> duration = std::nullopt;  // No operation is sent after it.
  bool writes_only = false;
};

class LoadLoop {
 public:
  // `client` and `generator` are used until the loop is gone.
  LoadLoop(AdminClient& client, Generator& generator, const LoadOptions& options);
  ~LoadLoop();

  // Calls `each_second` about once a second with what was counted so far; it may be empty. Ends
  // early when the client is interrupted. May be called again afterwards.
  LoadResult Run(const LoadGoal& goal, const std::function<void(const LoadResult&)>& each_second);

 private:
  struct Call;

  bool MaySend(const LoadGoal& goal, int64_t now_ns) const;
  void Send(Call& call, const LoadGoal& goal, int64_t now_ns);
  void Finish(Call& call, int64_t now_ns);
  // What the answer is worth.
  static absl::Status StatusOf(const Call& call);
  void Record(const Call& call, int64_t now_ns) const;
  void Look(int64_t now_ns, const std::function<void(const LoadResult&)>& each_second);

  AdminClient& client_;
  Generator& generator_;
  const LoadOptions options_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Call>> calls_;
  ConflictTracker conflicts_;
  size_t next_on_route_ = 0;
  size_t outstanding_ = 0;

  // Of the current Run.
  LoadResult result_;
  uint64_t sent_ = 0;
  int64_t start_ns_ = 0;
  int64_t next_second_ns_ = 0;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LOAD_LOOP_H_
