// What grows while a replica runs, and the alarm when it has grown too far.
#ifndef ALTHING_REPLICA_NET_GROWTH_H_
#define ALTHING_REPLICA_NET_GROWTH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "replica/runtime/metrics.h"

namespace althing {

// An amount with a bound. It is said once that the bound is passed, and once that it is not any
// more: when the amount has fallen a twentieth below it, so that one that sways about the bound
// does not fill the log.
class Alarm {
 public:
  // `setting` names the bound; 0: there is none. `remedy` is what an operator can do.
  Alarm(std::string what, std::string setting, uint64_t mib_max, std::string remedy);
  void Look(uint64_t bytes);
  // In words, for the status; empty if all is well.
  std::string warning() const;

 private:
  const std::string what_, setting_;
  const uint64_t mib_max_;
  const std::string remedy_;
  uint64_t mib_ = 0;
  bool on_ = false;
};

// Looks now and then at the memory of the process and at the directory of its log, tells the
// metrics and gives the alarms. One thread: the event loop's.
class Growth {
 public:
  static constexpr int64_t kPauseNs = 5'000'000'000;
  struct Bounds {
    uint64_t memory_mib_max = 0;  // 0: none.
    uint64_t storage_mib_max = 0;
  };
  using Measure = std::function<Sizes()>;

  Growth(const Bounds& bounds, const std::string& directory, Measure measure, Metrics& metrics);
  // Measures at the first call, and then once in kPauseNs.
  void OnTime(int64_t now_ns);
  // One sentence for each alarm that is on.
  std::vector<std::string> warnings() const;

 private:
  const Measure measure_;
  Metrics& metrics_;
  std::optional<int64_t> measured_ns_;
  Alarm memory_, storage_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_GROWTH_H_
