#include "replica/net/growth.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/runtime/log_line.h"

namespace althing {
namespace {

constexpr uint64_t kBytesPerMib = 1 << 20;

}  // namespace

Alarm::Alarm(std::string what, std::string setting, uint64_t mib_max, std::string remedy)
    : what_(std::move(what)),
      setting_(std::move(setting)),
      mib_max_(mib_max),
      remedy_(std::move(remedy)) {}

void Alarm::Look(uint64_t bytes) {
  mib_ = bytes / kBytesPerMib;
  if (mib_max_ == 0) return;
  const bool over = bytes > mib_max_ * kBytesPerMib;
  const bool back = bytes <= (mib_max_ - mib_max_ / 20) * kBytesPerMib;
  if (on_ ? !back : !over) return;
  on_ = over;
  const LogFields fields = {
      {"what", what_}, {"mib", mib_}, {"mib_max", mib_max_}, {"setting", setting_}};
  if (on_) {
    LogWarn("alarm", fields);
  } else {
    LogInfo("alarm_over", fields);
  }
}

std::string Alarm::warning() const {
  if (!on_) return "";
  return absl::StrCat(what_, " has grown to ", mib_, " MiB, and ", setting_, " is ", mib_max_, ": ",
                      remedy_);
}

Growth::Growth(const Bounds& bounds, const std::string& directory, Measure measure,
               Metrics& metrics)
    : measure_(std::move(measure)),
      metrics_(metrics),
      memory_("the memory of the process", "memory.alarm_mib", bounds.memory_mib_max,
              "see that the machine has enough of it"),
      storage_("the log in " + directory, "storage.alarm_mib", bounds.storage_mib_max,
               "see that the disk has room, and that all replicas run: what one of them has not "
               "executed the others keep") {}

void Growth::OnTime(int64_t now_ns) {
  if (measured_ns_.has_value() && now_ns - *measured_ns_ < kPauseNs) return;
  measured_ns_ = now_ns;
  const Sizes sizes = measure_();
  metrics_.SetSizes(sizes);
  memory_.Look(sizes.resident_bytes);
  storage_.Look(sizes.data_bytes);
}

std::vector<std::string> Growth::warnings() const {
  std::vector<std::string> warnings;
  for (const Alarm* alarm : {&memory_, &storage_}) {
    std::string warning = alarm->warning();
    if (!warning.empty()) warnings.push_back(std::move(warning));
  }
  return warnings;
}

}  // namespace althing
