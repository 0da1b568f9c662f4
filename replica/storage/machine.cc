#include "replica/storage/machine.h"

#include <sys/random.h>
#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"

namespace althing {

std::string NewStoreId() {
  std::string id(16, '\0');
  CHECK(getrandom(id.data(), id.size(), 0) == static_cast<ssize_t>(id.size()));
  return id;
}

absl::StatusOr<std::string> BootId() {
  constexpr char kPath[] = "/proc/sys/kernel/random/boot_id";
  std::string id;
  if (!std::getline(std::ifstream(kPath), id) || id.empty()) {
    return absl::InternalError(
        absl::StrCat("cannot read ", kPath, ", which tells whether the machine was started anew"));
  }
  return id;
}

uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t all_pages = 0, resident_pages = 0;
  if (!(statm >> all_pages >> resident_pages)) return 0;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace althing
