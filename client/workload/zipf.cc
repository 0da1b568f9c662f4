#include "client/workload/zipf.h"

#include <algorithm>
#include <cmath>

namespace althing {
namespace {

constexpr double kSmall = 1e-8;  // Below it the series below are exact.

// log(1 + x) / x
double LogRatio(double x) {
  return std::abs(x) > kSmall ? std::log1p(x) / x : 1 - x * (0.5 - x * (1.0 / 3 - 0.25 * x));
}

// (exp(x) - 1) / x
double ExpRatio(double x) {
  return std::abs(x) > kSmall ? std::expm1(x) / x : 1 + x * 0.5 * (1 + x / 3 * (1 + 0.25 * x));
}

}  // namespace

Zipf::Zipf(uint64_t n, double theta)
    : n_(n),
      theta_(theta),
      from_(Integral(1.5) - 1),
      to_(Integral(static_cast<double>(n) + 0.5)),
      sure_(2 - InverseIntegral(Integral(2.5) - Height(2))) {}

double Zipf::Integral(double x) const {
  const double log_x = std::log(x);
  return ExpRatio((1 - theta_) * log_x) * log_x;
}

double Zipf::InverseIntegral(double x) const {
  return std::exp(LogRatio(std::max(-1.0, x * (1 - theta_))) * x);
}

double Zipf::Height(double x) const { return std::exp(-theta_ * std::log(x)); }

uint64_t Zipf::Next(Random& random) const {
  while (true) {
    const double area = to_ + random.Unit() * (from_ - to_);
    const double x = InverseIntegral(area);
    const double k = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(n_));
    if (k - x <= sure_ || area >= Integral(k + 0.5) - Height(k)) {
      return std::min(static_cast<uint64_t>(k) - 1, n_ - 1);
    }
  }
}

}  // namespace althing
