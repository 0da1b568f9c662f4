#include "replica/runtime/recent_times.h"

#include <algorithm>
#include <bit>

namespace althing {

// Below 64 each value has its own; above, the six highest bits name the bucket.
constexpr size_t RecentTimes::BucketOf(uint64_t took) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(took)) - kBits - 1);
  return (static_cast<size_t>(shift) << kBits) + static_cast<size_t>(took >> shift);
}

constexpr uint64_t RecentTimes::BoundOf(size_t bucket) {
  const size_t shift = bucket < (size_t{2} << kBits) ? 0 : (bucket >> kBits) - 1;
  return ((uint64_t{bucket - (shift << kBits)} + 1) << shift) - 1;
}

void RecentTimes::Add(int64_t now_ns, int64_t took_ns) {
  static_assert(BucketOf(kTookMax) == kBuckets - 1 && BoundOf(kBuckets - 1) == kTookMax);
  const int64_t number = now_ns / kSlotNs;
  Slot& slot = slots_[static_cast<size_t>(number % kSlots)];
  if (slot.number != number) {
    slot.counts.fill(0);
    slot.number = number;
  }
  ++slot.counts[BucketOf(std::min(static_cast<uint64_t>(std::max<int64_t>(0, took_ns)), kTookMax))];
}

std::vector<RecentTimes::Bucket> RecentTimes::Recent(int64_t now_ns) const {
  const int64_t oldest = now_ns / kSlotNs - kSlots + 1;
  std::vector<Bucket> recent;
  for (size_t i = 0; i < kBuckets; ++i) {
    uint64_t count = 0;
    for (const Slot& slot : slots_) {
      if (slot.number >= std::max<int64_t>(0, oldest)) count += slot.counts[i];
    }
    if (count > 0) recent.push_back({BoundOf(i), count});
  }
  return recent;
}

}  // namespace althing
