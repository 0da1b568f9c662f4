// How often values of which size occurred, in buckets that double.
#ifndef ALTHING_REPLICA_RUNTIME_HISTOGRAM_H_
#define ALTHING_REPLICA_RUNTIME_HISTOGRAM_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace althing {

// Bucket 0 holds the value 0, bucket 1 the value 1, bucket i > 1 the values in (2^(i-2), 2^(i-1)];
// values above 2^63 are in the last. Fixed memory; Add costs a few instructions.
class Histogram {
 public:
  static constexpr size_t kBuckets = 65;

  void Add(uint64_t value) {
    ++count_;
    sum_ += value;
    if (value > max_) max_ = value;
    ++buckets_[BucketOf(value)];
  }

  uint64_t count() const { return count_; }
  uint64_t sum() const { return sum_; }
  uint64_t max() const { return max_; }
  uint64_t bucket(size_t i) const { return buckets_[i]; }

  static constexpr size_t BucketOf(uint64_t value) {
    if (value == 0) return 0;
    const size_t i = 1 + static_cast<size_t>(std::bit_width(value - 1));
    return i < kBuckets ? i : kBuckets - 1;
  }
  // The largest value of the bucket; of the last one nominally.
  static constexpr uint64_t BucketMax(size_t i) { return i == 0 ? 0 : uint64_t{1} << (i - 1); }

 private:
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t max_ = 0;
  std::array<uint64_t, kBuckets> buckets_{};
};

}  // namespace althing

#endif  // ALTHING_REPLICA_RUNTIME_HISTOGRAM_H_
