// What may be sent again, and when.
#ifndef ALTHING_CLIENT_LIBRARY_RETRY_BUDGET_H_
#define ALTHING_CLIENT_LIBRARY_RETRY_BUDGET_H_

#include <algorithm>
#include <cstdint>
#include <random>

namespace althing {

// Each call pays in a share of a token, each retry takes one: in the long run retries are at most
// that share of the calls, whatever the cluster does.
class RetryBudget {
 public:
  RetryBudget(double share, uint32_t burst)
      : share_(share), burst_(static_cast<double>(burst)), tokens_(burst_) {}

  void OnCall() { tokens_ = std::min(burst_, tokens_ + share_); }
  bool Take() {
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const double share_;
  const double burst_;
  double tokens_;
};

// Waiting times that double from 5 ms to 1 s, each cut by chance to between a half and all of it,
// so that those who failed together do not come back together.
class Backoff {
 public:
  static constexpr int64_t kFirstNs = 5'000'000;
  static constexpr int64_t kMaxNs = 1'000'000'000;

  explicit Backoff(uint64_t seed) : random_(seed) {}

  // Before retry 1, 2, 3 ...
  int64_t DelayNs(uint32_t retry) {
    const int64_t whole = std::min(kMaxNs, kFirstNs << std::min(retry - 1, uint32_t{20}));
    return whole / 2 + static_cast<int64_t>(random_() % static_cast<uint64_t>(whole / 2 + 1));
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_RETRY_BUDGET_H_
