// What must hold between the settings of one configuration.
#ifndef ALTHING_PB_CONFIG_CHECK_H_
#define ALTHING_PB_CONFIG_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pb/config.pb.h"

namespace althing {

// `paths` are the fields whose values do not fit each other: the first is the one that the words
// speak of, any of them may be the one to mend.
struct ConfigProblem {
  std::vector<std::string> paths;
  std::string words;
};

// The most failures that n, or n and f, allow: the bounds of Quorums in replica/core/quorum.h.
uint32_t LargestF(int n);
uint32_t LargestE(int n, uint32_t f);

// The most bytes of an encoded request.
uint64_t RequestBytesMax(const v1::Config& config);

// The first problem found. REQUIRES: each value alone is within its rule; all fields but f, e and
// those of `replicas` are set. Replicas are named by their index in `config`.
std::optional<ConfigProblem> FindProblem(const v1::Config& config);

}  // namespace althing

#endif  // ALTHING_PB_CONFIG_CHECK_H_
