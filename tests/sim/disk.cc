#include "tests/sim/disk.h"

#include <algorithm>
#include <utility>

#include "replica/core/check.h"

namespace althing::sim {

Disk::Disk(const Plan& plan, MemberIndex member, World world)
    : plan_(plan),
      world_(std::move(world)),
      random_(StreamOf(plan.seed, Stream::kDisks, member.value)) {}

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

void Disk::MakeDurable(uint64_t place) {
  for (; durable_ < place; ++durable_) {
    world_.on_durable(not_durable_.front());
    not_durable_.pop_front();
  }
}

}  // namespace althing::sim
