#include "client/report/instance_name.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace althing {
namespace {

template <typename Number>
bool Parse(absl::string_view text, Number* number) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, number);
}

}  // namespace

absl::StatusOr<v1::InstanceId> ParseInstance(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('.', 1));
  uint32_t coordinator = 0;
  uint64_t slot = 0;
  if (!Parse(parts.first, &coordinator) || !Parse(parts.second, &slot) || slot == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no instance. Write COORDINATOR.SLOT, as in 0.17"));
  }
  v1::InstanceId id;
  id.set_coordinator(coordinator);
  id.set_slot(slot);
  return id;
}

std::string InstanceName(const v1::InstanceId& id) {
  return absl::StrCat(id.coordinator(), ".", id.slot());
}

}  // namespace althing
