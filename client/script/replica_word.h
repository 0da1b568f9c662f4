// The word replica=I before an access.
#ifndef ALTHING_CLIENT_SCRIPT_REPLICA_WORD_H_
#define ALTHING_CLIENT_SCRIPT_REPLICA_WORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "althing/client.h"

namespace althing {

// Removes the first word if it is replica=I, and returns the I. INVALID_ARGUMENT if that is no
// replica's id. REQUIRES: there is a word.
absl::StatusOr<std::optional<uint32_t>> TakeReplicaWord(std::vector<std::string>& words,
                                                        const std::vector<Endpoint>& endpoints);

}  // namespace althing

#endif  // ALTHING_CLIENT_SCRIPT_REPLICA_WORD_H_
