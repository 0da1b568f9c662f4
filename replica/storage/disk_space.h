// How much room the disk has, and how much a directory takes.
#ifndef ALTHING_REPLICA_STORAGE_DISK_SPACE_H_
#define ALTHING_REPLICA_STORAGE_DISK_SPACE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace althing {

// Bytes that programs without privileges may still write where `directory` lies; nothing if the
// file system does not say.
std::optional<uint64_t> FreeBytes(const std::string& directory);

// Bytes that the files of the directory take on the disk, those of its own folders not counted; 0
// if it cannot be read.
uint64_t TakenBytes(const std::string& directory);

// A full disk ends a replica. This says so before: below a bound new work should be refused, so
// that what is under way can be finished. One thread; cheap enough for each turn of the event loop.
class DiskSpace {
 public:
  static constexpr int64_t kPauseNs = 100'000'000;
  using Look = std::function<std::optional<uint64_t>()>;

  // `look` as FreeBytes; called by IsShort only, at most once per kPauseNs.
  DiskSpace(uint64_t free_bytes_min, Look look);

  // Whether fewer bytes are free than the bound. A look that fails changes nothing.
  bool IsShort(int64_t now_ns);
  // As of the last look that did not fail; UINT64_MAX before the first.
  uint64_t free_bytes() const { return free_bytes_; }

 private:
  const uint64_t free_bytes_min_;
  const Look look_;
  std::optional<int64_t> looked_ns_;
  uint64_t free_bytes_ = UINT64_MAX;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_DISK_SPACE_H_
