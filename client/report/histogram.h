// Latencies of a run in fixed memory: log-linear buckets, as in HdrHistogram. One thread.
#ifndef ALTHING_CLIENT_REPORT_HISTOGRAM_H_
#define ALTHING_CLIENT_REPORT_HISTOGRAM_H_

#include <cstdint>
#include <utility>
#include <vector>

namespace althing {

// Takes every uint64_t. Values below 256 are exact; above, each power of two is cut into 128 equal
// buckets, so that a quantile is off by at most 1/256 of the exact one. About 59 KiB.
class Histogram {
 public:
  Histogram();

  void Add(uint64_t value);
  // As if all that was added to `other` had been added here.
  void Merge(const Histogram& other);

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }  // Exact; 0 if empty.
  // The smallest value that at least the share `q` of all values does not exceed; 0 if empty.
  // REQUIRES: 0 < q <= 1.
  uint64_t Quantile(double q) const;
  // What Add was called with, as far as it is known: a value of each bucket in use, ascending, and
  // how often. Added to another histogram they fill the same buckets.
  std::vector<std::pair<uint64_t, uint64_t>> Counts() const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_HISTOGRAM_H_
