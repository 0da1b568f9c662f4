#include "tests/sim/disk.h"

#include <algorithm>
#include <utility>

#include "replica/core/check.h"

namespace althing::sim {

Disk::Disk(const Plan& plan, MemberIndex member, World world)
    : plan_(plan),
      world_(std::move(world)),
      random_(StreamOf(plan.seed, Stream::kDisks, member.value)),
      crash_random_(StreamOf(plan.seed, Stream::kTornTails, member.value)) {}

uint64_t Disk::Append(const pb::Record& record) {
  not_durable_.push_back(record);
  return ++appended_;
}

void Disk::Flush() {
  wanted_ = appended_;
  if (!under_way_) Start();
}

void Disk::Start() {
  ++flushes_;
  under_way_ = true;
  flush_end_ = wanted_;
  const int64_t duration = DrawDuration();
  if (duration == 0) return Complete();
  world_.complete_at(world_.now_ns() + duration);
}

int64_t Disk::DrawDuration() {
  const int64_t drawn = Between(random_, plan_.flush_min_ns, plan_.flush_max_ns) * slowness_;
  return healed_ ? std::min<int64_t>(drawn, kMs / 2) : drawn;
}

void Disk::Complete() {
  CHECK(under_way_);
  under_way_ = false;
  MakeDurable(flush_end_);
  if (wanted_ > durable_) Start();
}

void Disk::FlushNow() {
  wanted_ = appended_;
  MakeDurable(appended_);
}

uint64_t Disk::Crash() {
  under_way_ = false;
  const uint64_t unflushed = not_durable_.size();
  const uint64_t kept = crash_random_.Below(2) == 0 ? 0 : crash_random_.Below(unflushed + 1);
  MakeDurable(durable_ + kept);
  not_durable_.clear();
  appended_ = wanted_ = durable_;
  return unflushed - kept;
}

void Disk::MakeDurable(uint64_t place) {
  if (place <= durable_) return;
  const auto end = not_durable_.begin() + static_cast<std::ptrdiff_t>(place - durable_);
  for (auto record = not_durable_.begin(); record != end; ++record) {
    ++durable_;
    world_.on_durable(*record);
    records_.push_back(std::move(*record));
  }
  not_durable_.erase(not_durable_.begin(), end);
}

}  // namespace althing::sim
