// Zipf's law: the k-th of n things is drawn with a probability in proportion to k^-theta.
#ifndef ALTHING_CLIENT_WORKLOAD_ZIPF_H_
#define ALTHING_CLIENT_WORKLOAD_ZIPF_H_

#include <cstdint>

#include "client/workload/random.h"

namespace althing {

// By rejection-inversion (W. Hoermann, G. Derflinger: Rejection-inversion to generate variates from
// monotone discrete distributions, ACM TOMACS 6.3, 1996): exact, in constant time and memory for
// every n and theta.
class Zipf {
 public:
  // REQUIRES: n > 0, theta > 0.
  Zipf(uint64_t n, double theta);

  // 0 is the most frequent one, n - 1 the rarest.
  uint64_t Next(Random& random) const;

 private:
  // The integral of x^-theta up to a constant, and its inverse.
  double Integral(double x) const;
  double InverseIntegral(double x) const;
  double Height(double x) const;

  uint64_t n_;
  double theta_;
  double from_, to_;  // The integral's range.
  double sure_;       // So close to the right of an integer nothing is rejected.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_ZIPF_H_
