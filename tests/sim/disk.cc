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
  if (record.has_checkpoint() && record.checkpoint().number() > last_begun_) {
    last_begun_ = record.checkpoint().number();
    begun_bytes_[last_begun_] = appended_bytes_;
  }
  appended_bytes_ += record.ByteSizeLong();
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
  flush_switches_ = waiting_.has_value();
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
  if (flush_switches_) Switch();
  if (wanted_ > durable_ || waiting_.has_value()) Start();
}

void Disk::FlushNow() {
  wanted_ = appended_;
  MakeDurable(appended_);
  if (waiting_.has_value()) Switch();
  flush_switches_ = false;
}

Log::Checkpoints Disk::checkpoints() const {
  return {.current = current_.number,
          .bytes = current_.bytes,
          .last_begun = last_begun_,
          .grown_bytes = appended_bytes_ - bytes_before_current_,
          .kept_bytes = appended_bytes_ - cut_bytes_,
          .first_kept = records_cut_ + 1};
}

void Disk::AddPiece(uint64_t number, std::string piece) {
  if (writing_.number != number) writing_ = {.number = number};
  writing_.bytes += piece.size();
  CHECK(writing_.pieces.emplace_back().ParseFromString(piece));
}

void Disk::MakeCurrent(uint64_t number, uint64_t log_from) {
  CHECK(!waiting_.has_value() && writing_.number == number && number > current_.number);
  waiting_ = std::exchange(writing_, {});
  waiting_->log_from = log_from;
  flush_switches_ = under_way_;
  Flush();
}

void Disk::Switch() {
  current_ = *std::exchange(waiting_, std::nullopt);
  bytes_before_current_ = begun_bytes_[current_.number];
  const auto begin = std::ranges::find_if(records_, [&](const pb::Record& record) {
    return record.has_checkpoint() && record.checkpoint().number() == current_.log_from;
  });
  if (begin != records_.end()) {
    records_cut_ += static_cast<uint64_t>(begin - records_.begin());
    for (auto record = records_.begin(); record != begin; ++record) {
      cut_bytes_ += record->ByteSizeLong();
    }
    records_.erase(records_.begin(), begin);
  }
  world_.on_checkpoint();
}

uint64_t Disk::Crash() {
  under_way_ = false;
  const uint64_t unflushed = not_durable_.size();
  const uint64_t kept = crash_random_.Below(2) == 0 ? 0 : crash_random_.Below(unflushed + 1);
  MakeDurable(durable_ + kept);
  if (waiting_.has_value() && crash_random_.Below(2) == 0) Switch();
  waiting_.reset();
  writing_ = {};
  flush_switches_ = false;
  appended_bytes_ = durable_bytes_;
  last_begun_ = current_.number;
  for (const pb::Record& record : records_) {
    if (record.has_checkpoint()) last_begun_ = std::max(last_begun_, record.checkpoint().number());
  }
  not_durable_.clear();
  appended_ = wanted_ = durable_;
  return unflushed - kept;
}

void Disk::MakeDurable(uint64_t place) {
  if (place <= durable_) return;
  const auto end = not_durable_.begin() + static_cast<std::ptrdiff_t>(place - durable_);
  for (auto record = not_durable_.begin(); record != end; ++record) {
    ++durable_;
    durable_bytes_ += record->ByteSizeLong();
    world_.on_durable(*record);
    records_.push_back(std::move(*record));
  }
  not_durable_.erase(not_durable_.begin(), end);
}

}  // namespace althing::sim
