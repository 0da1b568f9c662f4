#include "client/report/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace althing {
namespace {

constexpr int kBits = 8;  // Of a value that its bucket keeps.
constexpr uint64_t kHalf = uint64_t{1} << (kBits - 1);
constexpr size_t kBuckets = (64 - kBits + 2) * kHalf;

int ShiftOf(uint64_t value) { return std::max(0, static_cast<int>(std::bit_width(value)) - kBits); }

size_t BucketOf(uint64_t value) {
  const int shift = ShiftOf(value);
  return static_cast<size_t>(shift) * kHalf + (value >> shift);
}

uint64_t MiddleOf(size_t bucket) {
  if (bucket < 2 * kHalf) return bucket;
  const int shift = static_cast<int>(bucket / kHalf) - 1;
  const uint64_t low = (kHalf + bucket % kHalf) << shift;
  return low + ((uint64_t{1} << shift) - 1) / 2;
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::Add(uint64_t value) {
  ++buckets_[BucketOf(value)];
  ++count_;
  max_ = std::max(max_, value);
}

void Histogram::Merge(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::vector<std::pair<uint64_t, uint64_t>> Histogram::Counts() const {
  std::vector<std::pair<uint64_t, uint64_t>> counts;
  for (size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] > 0) counts.emplace_back(MiddleOf(i), buckets_[i]);
  }
  return counts;
}

uint64_t Histogram::Quantile(double q) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= rank && seen > 0) return std::min(MiddleOf(i), max_);
  }
  return max_;
}

}  // namespace althing
