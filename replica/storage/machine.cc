#include "replica/storage/machine.h"

#include <sys/random.h>

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

}  // namespace althing
