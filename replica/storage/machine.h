// What only the machine knows: chance, and when it was started.
#ifndef ALTHING_REPLICA_STORAGE_MACHINE_H_
#define ALTHING_REPLICA_STORAGE_MACHINE_H_

#include <string>

#include "absl/status/statusor.h"

namespace althing {

// 16 random bytes of the kernel: the name of a new memory.
std::string NewStoreId();

// Another one after each start of the machine. What a program wrote without syncing is still there
// as long as it is the same. INTERNAL if the kernel does not say.
absl::StatusOr<std::string> BootId();

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_MACHINE_H_
