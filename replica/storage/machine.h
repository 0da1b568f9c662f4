// What only the machine knows: chance, when it was started, what a process takes of it.
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

// Memory that this process has now; 0 if the kernel does not say.
uint64_t ResidentBytes();

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_MACHINE_H_
