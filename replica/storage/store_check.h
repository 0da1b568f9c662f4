// Whether a replica may start on a directory, in words that tell an operator what to do.
#ifndef ALTHING_REPLICA_STORAGE_STORE_CHECK_H_
#define ALTHING_REPLICA_STORAGE_STORE_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "pb/record.pb.h"
#include "replica/core/ids.h"

namespace althing {

// FAILED_PRECONDITION, with both values, if `found`, which stands in the directory, is not `own`.
// The store ids may differ.
absl::Status CheckIdentity(const std::string& directory, const pb::StoreIdentity& found,
                           const pb::StoreIdentity& own);

// DATA_LOSS if records of the last start may have gone with the machine's memory.
absl::Status CheckNothingWasInMemory(const std::string& directory, const pb::StoreIdentity& found,
                                     const pb::StoreStart& last, const std::string& boot_id);

// DATA_LOSS: `what` is wrong with the log of the directory, and what that means.
absl::Status DamagedLog(const std::string& directory, uint32_t replica, const std::string& what);

// The log could not be read. INTERNAL if `of_the_disk`, so that nothing is known of what is there;
// else DATA_LOSS as above.
absl::Status LogReadError(const std::string& directory, uint32_t replica, const std::string& what,
                          bool of_the_disk);

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_STORE_CHECK_H_
