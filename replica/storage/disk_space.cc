#include "replica/storage/disk_space.h"

#include <sys/statvfs.h>

#include <utility>

namespace althing {

std::optional<uint64_t> FreeBytes(const std::string& directory) {
  struct statvfs said = {};
  if (statvfs(directory.c_str(), &said) != 0) return std::nullopt;
  return uint64_t{said.f_bavail} * said.f_frsize;
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
