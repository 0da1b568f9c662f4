// Directories that are still there after a power cut.
#ifndef ALTHING_REPLICA_STORAGE_DIRECTORY_H_
#define ALTHING_REPLICA_STORAGE_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"

namespace althing {

// Makes the directory and those above it that are missing. On the disk when it returns, also if it
// was there already: a file can be synced and yet be gone, if the directory that names it was not.
absl::Status MakeDirectory(const std::string& path);
// Renames `from`, whose files are synced, to `to`, which does not exist or is an empty directory.
// On the disk when it returns.
absl::Status MoveDirectory(const std::string& from, const std::string& to);
// What lies in the directory itself is named there after a power cut.
absl::Status SyncDirectory(const std::string& path);
// Whether it does not exist or nothing is in it. INTERNAL if that cannot be found out, as when it
// is no directory.
absl::Status IsMissingOrEmpty(const std::string& path, bool* yes);

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_DIRECTORY_H_
