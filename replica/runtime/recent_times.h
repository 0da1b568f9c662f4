// How long things took lately: a histogram that forgets.
#ifndef ALTHING_REPLICA_RUNTIME_RECENT_TIMES_H_
#define ALTHING_REPLICA_RUNTIME_RECENT_TIMES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace althing {

// Covers the last 50 to 60 s: six slots of ten seconds, the oldest of which is used anew. Each
// power of two is cut into 32 buckets, so a bucket's bound is at most 1/32 above what it holds.
// About 60 KiB. One thread.
class RecentTimes {
 public:
  struct Bucket {
    uint64_t at_most_ns = 0;
    uint64_t count = 0;
    bool operator==(const Bucket&) const = default;
  };

  // Times are cut to between 0 and 2^42 ns, more than an hour. REQUIRES: `now_ns` is not negative
  // and never goes back.
  void Add(int64_t now_ns, int64_t took_ns);
  // What is not forgotten at `now_ns`: the buckets that are not empty, ascending.
  std::vector<Bucket> Recent(int64_t now_ns) const;

 private:
  static constexpr int64_t kSlotNs = 10'000'000'000;
  static constexpr int64_t kSlots = 6;
  static constexpr int kBits = 5;  // 32 buckets for each power of two.
  static constexpr uint64_t kTookMax = (uint64_t{1} << 42) - 1;

  static constexpr size_t BucketOf(uint64_t took);
  static constexpr uint64_t BoundOf(size_t bucket);

  static constexpr size_t kBuckets = (42 - kBits + 1) << kBits;

  struct Slot {
    int64_t number = -1;  // Of the ten seconds that it counts; -1: none yet.
    std::array<uint32_t, kBuckets> counts{};
  };
  std::vector<Slot> slots_{kSlots};
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_RECENT_TIMES_H_
