// What a request must satisfy before anything is done with it.
#ifndef ALTHING_REPLICA_CORE_REQUEST_CHECK_H_
#define ALTHING_REPLICA_CORE_REQUEST_CHECK_H_

#include <cstddef>

#include "absl/status/status.h"
#include "replica/core/request_batch.h"

namespace althing {

struct RequestLimits {
  size_t key_bytes_max = 0;
  size_t value_bytes_max = 0;
  size_t bytes_max = 0;     // Of keys, values and values to compare with, all together.
  size_t commands_max = 0;  // Of one request.
};

// What a client's request must satisfy. INVALID_ARGUMENT (it makes no sense) or RESOURCE_EXHAUSTED
// (size), each with the limit in the text.
absl::Status CheckRequest(const RequestView& request, const RequestLimits& limits);

// The part of it that holds whatever the limits: what a peer's request must satisfy too.
absl::Status CheckShape(const RequestView& request);

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_REQUEST_CHECK_H_
