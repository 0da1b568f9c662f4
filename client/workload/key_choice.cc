#include "client/workload/key_choice.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "client/workload/zipf.h"

namespace althing {
namespace {

constexpr uint64_t kKeysMax = 1'000'000'000'000;
constexpr double kThetaMax = 10;
constexpr double kExponentialShare = 0.95, kExponentialKeys = 6.0 / 7;

class UniformKeys final : public KeyChoice {
 public:
  explicit UniformKeys(uint64_t count) : count_(count) {}
  uint64_t Next(Random& random) override { return random.Below(count_); }
  void Grow(uint64_t count) override { count_ = count; }

 private:
  uint64_t count_;
};

class ZipfKeys final : public KeyChoice {
 public:
  ZipfKeys(uint64_t count, double theta) : zipf_(count, theta) {}
  uint64_t Next(Random& random) override { return zipf_.Next(random); }

 private:
  const Zipf zipf_;
};

class LatestKeys final : public KeyChoice {
 public:
  LatestKeys(uint64_t count, double theta) : count_(count), theta_(theta), zipf_(count, theta) {}
  uint64_t Next(Random& random) override { return count_ - 1 - zipf_.Next(random); }
  void Grow(uint64_t count) override {
    count_ = count;
    zipf_ = Zipf(count, theta_);
  }

 private:
  uint64_t count_;
  const double theta_;
  Zipf zipf_;
};

class HotspotKeys final : public KeyChoice {
 public:
  HotspotKeys(uint64_t count, double keys_percent, double operations_percent)
      : count_(count),
        hot_(std::clamp<uint64_t>(
            static_cast<uint64_t>(std::llround(static_cast<double>(count) * keys_percent / 100)), 1,
            count)),
        operations_percent_(operations_percent) {}
  uint64_t Next(Random& random) override {
    const bool hot = random.Percent(operations_percent_) || hot_ == count_;
    return hot ? random.Below(hot_) : hot_ + random.Below(count_ - hot_);
  }

 private:
  const uint64_t count_;
  const uint64_t hot_;
  const double operations_percent_;
};

class ExponentialKeys final : public KeyChoice {
 public:
  explicit ExponentialKeys(uint64_t count)
      : count_(static_cast<double>(count)),
        per_key_(-std::log(1 - kExponentialShare) / (kExponentialKeys * count_)) {}
  uint64_t Next(Random& random) override {
    double key = count_;
    while (key >= count_) key = -std::log1p(-random.Unit()) / per_key_;
    return static_cast<uint64_t>(key);
  }

 private:
  const double count_;
  const double per_key_;
};

class SequentialKeys final : public KeyChoice {
 public:
  explicit SequentialKeys(uint64_t count) : count_(count) {}
  uint64_t Next(Random&) override { return next_++ % count_; }

 private:
  const uint64_t count_;
  uint64_t next_ = 0;
};

class ScrambledKeys final : public KeyChoice {
 public:
  ScrambledKeys(uint64_t count, std::unique_ptr<KeyChoice> ranks)
      : count_(count), ranks_(std::move(ranks)) {}
  uint64_t Next(Random& random) override { return Scrambled(ranks_->Next(random), count_); }

 private:
  const uint64_t count_;
  const std::unique_ptr<KeyChoice> ranks_;
};

bool IsShare(double percent) { return percent >= 0 && percent <= 100; }

// Null for a name that is not known.
std::unique_ptr<KeyChoice> MakeRanks(const KeyOptions& options) {
  const std::string& name = options.distribution;
  if (name == "uniform") return std::make_unique<UniformKeys>(options.count);
  if (name == "zipf") return std::make_unique<ZipfKeys>(options.count, options.theta);
  if (name == "latest") return std::make_unique<LatestKeys>(options.count, options.theta);
  if (name == "hotspot") {
    return std::make_unique<HotspotKeys>(options.count, options.hot_keys_percent,
                                         options.hot_operations_percent);
  }
  if (name == "exponential") return std::make_unique<ExponentialKeys>(options.count);
  if (name == "sequential") return std::make_unique<SequentialKeys>(options.count);
  return nullptr;
}

bool CanBeScrambled(const std::string& name) {
  return name == "zipf" || name == "hotspot" || name == "exponential";
}

}  // namespace

absl::Status CheckKeys(const KeyOptions& options) {
  if (options.count < 1 || options.count > kKeysMax) {
    return absl::InvalidArgumentError("--key-count is out of range. Choose 1 to 1000000000000");
  }
  if (!(options.theta > 0 && options.theta <= kThetaMax)) {
    return absl::InvalidArgumentError("--theta is out of range. Choose more than 0, at most 10");
  }
  if (!IsShare(options.hot_keys_percent) || !IsShare(options.hot_operations_percent)) {
    return absl::InvalidArgumentError(
        "--hot-keys and --hot-operations are percentages. Choose 0 to 100");
  }
  if (options.distribution != "new" && MakeRanks(options) == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no distribution \"", options.distribution,
                     "\" of keys. Choose new, uniform, zipf, latest, hotspot, exponential or "
                     "sequential"));
  }
  if (options.scrambled && !CanBeScrambled(options.distribution)) {
    return absl::InvalidArgumentError(
        "--scrambled is for zipf, hotspot and exponential. Leave it out");
  }
  return absl::OkStatus();
}

std::unique_ptr<KeyChoice> MakeKeyChoice(const KeyOptions& options) {
  std::unique_ptr<KeyChoice> ranks = MakeRanks(options);
  if (!options.scrambled) return ranks;
  return std::make_unique<ScrambledKeys>(options.count, std::move(ranks));
}

uint64_t Scrambled(uint64_t rank, uint64_t count) {
  // A prime above every count: multiplying by it permutes.
  constexpr uint64_t kPrime = 0x9E3779B185EBCA87;  // Of XXH64.
  return static_cast<uint64_t>(static_cast<unsigned __int128>(rank) * kPrime % count);
}

}  // namespace althing
