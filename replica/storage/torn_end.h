// What a power cut may leave of the last write, and how to tell it from damage.
#ifndef ALTHING_REPLICA_STORAGE_TORN_END_H_
#define ALTHING_REPLICA_STORAGE_TORN_END_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace althing {

// RocksDB opens a write-ahead log that is cut short, but refuses one that has its length and not
// its bytes. Some file systems leave that: the new length was on the disk, sectors of the data were
// not, and read as zeros. Only a write that was under way can be left so, and there is one at a
// time.
//
// Of a write-ahead log as it is in the file: where its last write begins, if that is torn in this
// way. That is: all before it is whole, the first piece of it that is not has a sector of zeros,
// and no other write begins behind it. Nothing: it is not torn, or torn in another way, or damaged.
std::optional<size_t> FindTornEnd(std::string_view log);

// Cuts such an end off the newest write-ahead log of the directory, synced when it returns, and
// keeps it in the file `torn`. How many bytes these were; 0: there is none. INTERNAL if the disk
// refuses. REQUIRES: nobody else uses the directory.
absl::StatusOr<uint64_t> CutTornEnd(const std::string& directory);

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_TORN_END_H_
