#include "replica/storage/disk_space.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace althing {

std::optional<uint64_t> FreeBytes(const std::string& directory) {
  struct statvfs said = {};
  if (statvfs(directory.c_str(), &said) != 0) return std::nullopt;
  return uint64_t{said.f_bavail} * said.f_frsize;
}

uint64_t TakenBytes(const std::string& directory) {
  constexpr uint64_t kBlock = 512;  // The unit of st_blocks, whatever the file system uses.
  uint64_t bytes = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    struct stat file = {};
    // One that was removed meanwhile takes nothing.
    if (lstat(at->path().c_str(), &file) != 0 || !S_ISREG(file.st_mode)) continue;
    bytes += static_cast<uint64_t>(file.st_blocks) * kBlock;
  }
  return bytes;
}

DiskSpace::DiskSpace(uint64_t free_bytes_min, Look look)
    : free_bytes_min_(free_bytes_min), look_(std::move(look)) {}

bool DiskSpace::IsShort(int64_t now_ns) {
  if (!looked_ns_.has_value() || now_ns - *looked_ns_ >= kPauseNs) {
    looked_ns_ = now_ns;
    free_bytes_ = look_().value_or(free_bytes_);
  }
  return free_bytes_ < free_bytes_min_;
}

}  // namespace althing
