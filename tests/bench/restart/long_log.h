// A log as a replica has it after many writes, made without the writes.
#ifndef ALTHING_TESTS_BENCH_RESTART_LONG_LOG_H_
#define ALTHING_TESTS_BENCH_RESTART_LONG_LOG_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "pb/record.pb.h"
#include "replica/core/ids.h"
#include "replica/core/quorum.h"
#include "replica/core/random.h"

namespace althing {

// The records of one member: instances of all coordinators in turns, each one put, decided on the
// fast path. A thrifty coordinator asks its fast quorum alone, so a member outside of it has the
// outcome only. What touches the same key depends on what came before it.
class LongLog {
 public:
  struct Options {
    Quorums quorums;
    MemberIndex self = {};
    uint32_t partitions = 1;
    uint64_t hash_seed = 0;
    uint64_t instances = 1'000'000;
    uint64_t keys = 100'000;
    size_t value_bytes = 16;
  };
  explicit LongLog(const Options& options) : options_(options) {}

  // One record after the other, as they stand in the log.
  void ForEach(absl::FunctionRef<void(const pb::Record&)> append);

 private:
  // What the next instance of a partition is and depends on.
  struct Partition {
    uint64_t instances = 0;
    std::map<uint64_t, std::vector<Slot>> last;  // By key: the last slot of each coordinator.
  };
  void AddInstance(uint64_t i, absl::FunctionRef<void(const pb::Record&)> append);

  const Options options_;
  Random random_{1};
  std::vector<Partition> partitions_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_BENCH_RESTART_LONG_LOG_H_
