// The part of World that harms the cluster, and heals it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "tests/sim/restored_cells.h"
#include "tests/sim/world.h"

namespace althing::sim {
namespace {

constexpr int64_t kSlowDiskFactor = 30;
constexpr int64_t kBackAfterHealingNs = 20 * kMs;

}  // namespace

void World::PlanFaults() {
  for (const Fault& fault : plan_.faults) {
    if (fault.from_ns >= plan_.heal_ns) continue;
    At(fault.from_ns, [this, &fault] { Begin(fault); });
    At(std::min(fault.until_ns, plan_.heal_ns), [this, &fault] { End(fault); });
  }
  for (const Crash& crash : plan_.crashes) {
    At(crash.at_ns, [this, &crash] { Meet(crash); });
  }
  At(plan_.heal_ns, [this] { Heal(); });
}

void World::Begin(const Fault& fault) {
  if (tracing()) Say(absl::StrCat("BEGINS: ", Describe(fault, plan_.n)));
  ++faults_[static_cast<size_t>(fault.kind)];
  network_.Begin(fault);
  for (const MemberIndex m : all()) {
    Place& at = place(m);
    if (fault.kind == Fault::Kind::kLie) at.lied = at.lied | fault.links[m.value];
    if (!fault.members.Has(m)) continue;
    if (fault.kind == Fault::Kind::kPause) {
      at.paused_until_ns = std::max(at.paused_until_ns, std::min(fault.until_ns, plan_.heal_ns));
    }
    if (fault.kind == Fault::Kind::kSlowDisk) at.disk->SetSlowness(kSlowDiskFactor);
  }
  LookAround();
}

void World::End(const Fault& fault) {
  if (tracing()) Say(absl::StrCat("ENDS: ", Describe(fault, plan_.n)));
  network_.End(fault);
  for (const MemberIndex m : all()) {
    Place& at = place(m);
    if (fault.kind == Fault::Kind::kLie) at.lied = at.lied - fault.links[m.value];
    if (fault.kind == Fault::Kind::kSlowDisk && fault.members.Has(m)) {
      at.disk->SetSlowness(1);
    }
  }
  LookAround();
}

// ---- Crashes and starts

MemberSet World::up() const {
  MemberSet up;
  for (const MemberIndex m : all()) {
    if (alive(m)) up.Add(m);
  }
  return up;
}

void World::Meet(const Crash& crash) {
  Place& at = place(crash.member);
  if (at.gone) return;
  if (!alive(crash.member)) {
    // It is down already: it may at most stay so.
    at.gone = !crash.back_after_ns.has_value();
    return;
  }
  // What ends it for ever comes before what it would come back from.
  if (at.dying != nullptr && crash.back_after_ns.has_value()) return;
  at.dying = &crash;
  if (crash.in_order) {
    at.replica->End();
    ++stops_;
    return Die(crash.member, crash);
  }
  at.replica->DieAfter(crash.sends_kept);
  if (crash.sends_kept == 0) Die(crash.member, crash);
}

void World::Die(MemberIndex m, const Crash& crash) {
  Place& at = place(m);
  if (tracing()) Say(absl::StrCat(crash.in_order ? "STOPS: " : "DIES: ", m.value));
  TakeDown(m);
  if (!crash.back_after_ns.has_value()) {
    at.gone = true;
    ++deaths_;
  } else {
    StartAt(m, now_ns_ + *crash.back_after_ns);
  }
}

void World::TakeDown(MemberIndex m) {
  Place& at = place(m);
  at.replica.reset();
  at.dying = nullptr;
  at.told = at.suspected = {};
  at.paused_until_ns = at.free_ns = 0;
  const uint64_t lost = at.disk->Crash();
  records_lost_ += lost;
  if (tracing() && lost > 0) Say(absl::StrCat("    its disk loses ", lost, " records"));
  for (Invariants& invariants : invariants_) {
    invariants.OnCrash(m, at.disk->checkpoint(), at.disk->records());
    if (!invariants.violation().empty()) Fail(invariants.violation());
  }
  HangUp(m);
  power_cuts_ += up().Empty();
  LookAround();
}

void World::HangUp(MemberIndex m) {
  std::vector<RequestId> calls;
  for (const auto& [request, waiting] : waiting_) {
    if (waiting.at == m) calls.push_back(request);
  }
  for (const RequestId request : calls) {
    const Waiting waiting = waiting_.at(request);
    waiting_.erase(request);
    AnswerClient(waiting, request, absl::UnavailableError("the connection broke"), {}, true);
  }
}

void World::StartAt(MemberIndex m, int64_t at_ns) {
  if (at_ns >= place(m).back_ns) return;
  place(m).back_ns = at_ns;
  At(at_ns, [this, m, at_ns] {
    if (place(m).back_ns != at_ns || place(m).gone) return;
    place(m).back_ns = INT64_MAX;
    Start(m);
  });
}

void World::Start(MemberIndex m) {
  Place& at = place(m);
  if (at.runs > 0) {
    ++restarts_;
    if (tracing()) Say(absl::StrCat("STARTS AGAIN: ", m.value));
  }
  at.replica =
      std::make_unique<SimReplica>(plan_, m, at.runs++, static_cast<ReplicaHost&>(*this), *at.disk);
  const absl::Status status = at.replica->Restore();
  if (!status.ok()) {
    return Fail(absl::StrCat("restore: member ", m.value, ": ", status.ToString()));
  }
  const std::string wrong =
      FindWrongCell(at.disk->checkpoint(), at.disk->records(), at.replica->core());
  if (!wrong.empty() && !consequences_only_)
    Fail(absl::StrCat("restore: member ", m.value, ": ", wrong));
  if (plan_.restartable) at.replica->Begin();
  // Others may not have noticed that it was away. Their connections have.
  for (const MemberIndex other : all() - MemberSet::Of(m)) {
    if (!alive(other) || !place(other).told.Has(m)) continue;
    place(other).told.Remove(m);
    Push(other, PeerChange{m, false});
  }
  WakeReplica(m, now_ns_);
  LookAround();
}

void World::Heal() {
  if (tracing()) Say("HEALED: what is well now stays so");
  healed_ = true;
  network_.Heal(plan_.core);
  for (const MemberIndex m : all()) {
    Place& at = place(m);
    // One that has not sent all that it was to send before its death.
    if (at.dying != nullptr) Die(m, *at.dying);
    // Who belongs to the core does not stay away for long any more.
    if (!alive(m)) StartAt(m, now_ns_ + kBackAfterHealingNs);
    at.lied = {};
    at.disk->Heal();
    WakeReplica(m, now_ns_);
  }
  LookAround();
}

// ---- Who believes to reach whom

bool World::Reaches(MemberIndex who, MemberIndex other) {
  const Place& at = place(who);
  return alive(other) && !at.lied.Has(other) && !at.suspected.Has(other) &&
         network_.Connected(who, other) && network_.Connected(other, who);
}

void World::LookAround() {
  At(now_ns_ + Between(client_random_, 1, plan_.detect_ns), [this] {
    for (const MemberIndex who : all()) {
      for (const MemberIndex about : all() - MemberSet::Of(who)) Tell(who, about);
    }
  });
}

void World::OnBeat(MemberIndex from, MemberIndex to, const pb::Pulse& pulse) {
  // Of those that go nowhere nothing is seen.
  if (!place(from).told.Has(to) && !place(from).suspected.Has(to)) return;
  for (const int64_t arrival : network_.Send(from, to, now_ns_)) {
    At(arrival, [this, from, to, pulse] {
      if (alive(to)) Push(to, PeerPulse{from, pulse});
    });
  }
}

void World::OnSuspicion(MemberIndex at, MemberIndex peer, bool suspected) {
  if (place(at).suspected.Has(peer) == suspected) return;
  if (suspected) {
    place(at).suspected.Add(peer);
    ++suspicions_;
  } else {
    place(at).suspected.Remove(peer);
  }
  Tell(at, peer);
}

void World::Tell(MemberIndex who, MemberIndex about) {
  Place& at = place(who);
  const bool reaches = Reaches(who, about);
  if (!alive(who) || at.told.Has(about) == reaches) return;
  if (reaches) {
    at.told.Add(about);
  } else {
    at.told.Remove(about);
  }
  if (tracing()) Say(absl::StrCat(who.value, reaches ? " reaches " : " loses ", about.value));
  Push(who, PeerChange{about, reaches});
}

void World::Push(MemberIndex to, decltype(MsgContainer::body) body) {
  CHECK(place(to).replica->Push({PartitionId{}, now_ns_, std::move(body)}));
  WakeReplica(to, now_ns_);
}

}  // namespace althing::sim
