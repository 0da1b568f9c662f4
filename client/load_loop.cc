#include "client/load_loop.h"

#include <algorithm>
#include <utility>

#include "client/collector.h"
#include "client/library/loop.h"

namespace althing {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kLookEveryNs = 50'000'000;
// So many are sent before the ends are looked at again.
constexpr int kSentInTurnMax = 64;

int64_t Nanoseconds(double seconds) { return static_cast<int64_t>(seconds * kSecondNs); }

}  // namespace

LoadLoop::LoadLoop(LoadTarget& target, Generator& generator, const LoadOptions& options)
    : target_(target), generator_(generator), options_(options), conflicts_(options.concurrency) {}

void LoadLoop::Begin(const LoadGoal& goal) {
  goal_ = goal;
  phase_ends_ns_ = PhaseEndsNs(goal.phases);
  results_.assign(goal.phases.size(), LoadResult());
  seconds_.clear();
  live_ = LoadLive();
  second_latency_ns_ = Histogram();
  sent_ = 0;
  send_phase_ = answer_phase_ = 0;
  interrupted_ = false;
  start_ns_ = last_sent_ns_ = NowNs();
  look_ns_ = start_ns_ + kLookEveryNs;
  from_ns_ = start_ns_ + Nanoseconds(goal.warm_up_seconds);
  const int64_t end_ns = phase_ends_ns_.back();
  to_ns_ =
      end_ns == INT64_MAX ? INT64_MAX : start_ns_ + end_ns - Nanoseconds(goal.cool_down_seconds);
  // The workload's own share must come back when a phase with another one is over.
  for (Phase& phase : goal_.phases) {
    phase.read_percent = phase.read_percent.value_or(generator_.read_percent());
  }
  generator_.SetReadPercent(*goal_.phases.front().read_percent);
}

size_t LoadLoop::PhaseAt(int64_t now_ns, size_t& phase) const {
  while (phase < phase_ends_ns_.size() && now_ns - start_ns_ >= phase_ends_ns_[phase]) ++phase;
  return phase;
}

void LoadLoop::Send(size_t slot, size_t phase, int64_t due_ns) {
  if (phase != send_phase_) {
    send_phase_ = phase;
    generator_.SetReadPercent(*goal_.phases[phase].read_percent);
  }
  Slot& call = slots_[slot];
  call.item = goal_.writes_only ? generator_.NextWrite() : generator_.Next();
  call.phase = phase;
  call.due_ns = due_ns;
  conflicts_.Begin(slot, call.item.key, call.item.kind != OpKind::kRead);
  ++sent_;
  ++outstanding_;
  StartAccess(slot, call.item.kind != OpKind::kWrite);
  RollSeconds(call.sent_ns);
  ++live_.second.sent;
  last_sent_ns_ = call.sent_ns;
}

void LoadLoop::StartAccess(size_t slot, bool read) {
  Slot& call = slots_[slot];
  call.reading = operation_.read = read;
  generator_.WriteKey(call.item.key, &operation_.key);
  if (!read) generator_.WriteValue(&operation_.value);
  call.sent_ns = NowNs();
  // In a closed loop an operation is due when its slot is free for it; that was before the end,
  // even if the clock has passed it since.
  if (call.due_ns == 0) call.due_ns = std::min(call.sent_ns, to_ns_ - 1);
  target_.Start(slot, operation_);
}

bool LoadLoop::Finish(size_t slot, int64_t now_ns) {
  Slot& call = slots_[slot];
  const LoadEnd end = target_.End(slot);
  if (options_.on_access) {
    options_.on_access({slot, call.item, call.reading, call.due_ns, call.sent_ns,
                        end.cancelled ? std::nullopt : std::optional(now_ns), end.status});
  }
  const bool goes_on = call.item.kind == OpKind::kModify && call.reading && end.status.ok();
  if (goes_on && !interrupted_) {
    StartAccess(slot, false);
    return false;
  }
  --outstanding_;
  const bool in_conflict = conflicts_.End(slot);
  if (interrupted_ && (end.cancelled || goes_on)) {
    ++results_[call.phase].cancelled;
  } else {
    CountAnswer(call, end.status.ok(), now_ns);
    Count(call, end, in_conflict, now_ns);
  }
  return true;
}

void LoadLoop::CountAnswer(const Slot& slot, bool ok, int64_t now_ns) {
  RollSeconds(now_ns);
  ++live_.ended;
  if (!ok) {
    ++live_.failed;
    ++live_.second.failed;
    return;
  }
  ++live_.second.ok;
  second_latency_ns_.Add(static_cast<uint64_t>(now_ns - slot.due_ns));
  const size_t phase = PhaseAt(now_ns, answer_phase_);
  if (Counts(now_ns) && phase < results_.size()) ++results_[phase].answered;
}

void LoadLoop::Count(const Slot& slot, const LoadEnd& end, bool in_conflict, int64_t now_ns) {
  LoadResult& result = results_[slot.phase];
  if (!Counts(slot.due_ns)) {
    ++result.left_out;
    return;
  }
  const OpKind kind = slot.item.kind;
  ++result.finished;
  if (kind == OpKind::kRead) ++result.reads;
  if (kind == OpKind::kWrite) ++result.writes;
  if (kind == OpKind::kModify) ++result.modifies;
  if (in_conflict) ++result.conflicts;
  if (!end.status.ok()) {
    ++result.errors[end.status.code()];
    result.error_texts.try_emplace(end.status.code(), end.status.message());
    return;
  }
  ++result.ok;
  const auto latency_ns = static_cast<uint64_t>(now_ns - slot.due_ns);
  result.latency_ns.Add(latency_ns);
  result.latency_of_ns[static_cast<size_t>(kind)].Add(latency_ns);
  if (kind != OpKind::kModify) {
    result.late_ns.Add(static_cast<uint64_t>(slot.sent_ns - slot.due_ns));
  }
  if (kind == OpKind::kRead) {
    ++result.reads_ok;
    if (end.found) ++result.read_hits;
  }
}

void LoadLoop::RollSeconds(int64_t now_ns) {
  while (now_ns - start_ns_ >= live_.elapsed_ns + kSecondNs) CloseSecond();
}

void LoadLoop::CloseSecond() {
  live_.elapsed_ns += kSecondNs;
  live_.second.p50_ns = second_latency_ns_.Quantile(0.5);
  live_.second.p99_ns = second_latency_ns_.Quantile(0.99);
  live_.second.max_ns = second_latency_ns_.max();
  seconds_.push_back(live_.second);
  if (each_second_) each_second_(live_);
  live_.second = LoadSecond();
  second_latency_ns_ = Histogram();
}

void LoadLoop::Look(int64_t now_ns) {
  if (now_ns < look_ns_) return;
  look_ns_ = now_ns + kLookEveryNs;
  RollSeconds(now_ns);
  if (interrupted_ || !options_.interrupted || !options_.interrupted()) return;
  interrupted_ = true;
  target_.CancelAll();
}

void LoadLoop::RunClosed() {
  while (slots_.size() < options_.concurrency) slots_.emplace_back();
  target_.Reserve(slots_.size());
  int64_t now_ns = start_ns_;
  const auto send_next = [&](size_t slot) {
    const size_t phase = PhaseAt(now_ns, answer_phase_);
    if (MaySend() && phase < results_.size()) Send(slot, phase, 0);
  };
  for (size_t slot = 0; slot < slots_.size(); ++slot) send_next(slot);
  while (outstanding_ > 0) {
    const std::optional<size_t> slot = target_.Next(look_ns_);
    now_ns = NowNs();
    if (slot && Finish(*slot, now_ns)) send_next(*slot);
    Look(now_ns);
  }
}

std::optional<size_t> LoadLoop::FreeSlot() {
  if (free_.empty()) {
    if (slots_.size() == options_.concurrency) return std::nullopt;
    free_.push_back(slots_.size());
    slots_.emplace_back();
    target_.Reserve(slots_.size());
  }
  const size_t slot = free_.back();
  free_.pop_back();
  return slot;
}

bool LoadLoop::SendDue(Arrivals& arrivals, std::optional<Arrival>& next, int64_t now_ns) {
  for (int i = 0; i < kSentInTurnMax; ++i) {
    if (!next || !MaySend() || start_ns_ + next->offset_ns > now_ns) return true;
    const std::optional<size_t> slot = FreeSlot();
    if (!slot) return false;
    Send(*slot, next->phase, start_ns_ + next->offset_ns);
    next = arrivals.Next();
  }
  return true;
}

void LoadLoop::RunOpen() {
  Arrivals arrivals(goal_.phases, options_.seed);
  std::optional<Arrival> next = arrivals.Next();
  free_.clear();
  for (size_t slot = slots_.size(); slot > 0; --slot) free_.push_back(slot - 1);
  Collector collector(target_);
  while (true) {
    for (const CollectedEnd& end : collector.Take()) {
      if (Finish(end.slot, end.ended_ns)) free_.push_back(end.slot);
    }
    const bool has_room = SendDue(arrivals, next, NowNs());
    Look(NowNs());
    const bool more = next && MaySend();
    if (!more && outstanding_ == 0) break;
    const bool due = more && has_room;
    collector.Wait(due ? std::min(look_ns_, start_ns_ + next->offset_ns) : look_ns_);
  }
}

LoadSummary LoadLoop::Conclude(int64_t now_ns) {
  // A run that nothing cut short has the length that was asked for, whenever its last answer came.
  const bool early = interrupted_ || sent_ == goal_.operations || to_ns_ == INT64_MAX;
  const int64_t end_ns = early ? std::min(now_ns, to_ns_) : to_ns_;
  int64_t begin_ns = from_ns_;
  LoadSummary history;
  for (size_t i = 0; i < results_.size(); ++i) {
    LoadResult& result = results_[i];
    const int64_t phase_end_ns =
        phase_ends_ns_[i] == INT64_MAX ? end_ns : std::min(end_ns, start_ns_ + phase_ends_ns_[i]);
    result.duration_ns = std::max<int64_t>(0, phase_end_ns - begin_ns);
    begin_ns = std::max(begin_ns, phase_end_ns);
    result.interrupted = interrupted_;
    history.all.Merge(result);
  }
  history.phases = std::move(results_);
  // The second that was not full, unless nothing happened in it.
  if (live_.second.sent + live_.second.ok + live_.second.failed > 0) {
    each_second_ = nullptr;
    CloseSecond();
  }
  history.seconds = std::move(seconds_);
  const int64_t asked_ns = phase_ends_ns_.back();
  const int64_t sending_ns =
      std::max(early || asked_ns == INT64_MAX ? int64_t{1} : asked_ns, last_sent_ns_ - start_ns_);
  history.sent_per_second =
      static_cast<double>(sent_) * kSecondNs / static_cast<double>(sending_ns);
  return history;
}

LoadSummary LoadLoop::Run(const LoadGoal& goal, const EachSecond& each_second) {
  const double read_percent = generator_.read_percent();
  Begin(goal);
  each_second_ = each_second;
  if (goal.phases.front().rate) {
    RunOpen();
  } else {
    RunClosed();
  }
  generator_.SetReadPercent(read_percent);
  return Conclude(NowNs());
}

}  // namespace althing
