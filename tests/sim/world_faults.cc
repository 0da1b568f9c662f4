// The part of World that harms the cluster, and heals it.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "tests/sim/world.h"

namespace althing::sim {
namespace {

constexpr int64_t kSlowDiskFactor = 30;

}  // namespace

void World::PlanFaults() {
  for (const Fault& fault : plan_.faults) {
    if (fault.from_ns >= plan_.heal_ns) continue;
    At(fault.from_ns, [this, &fault] { Begin(fault); });
    At(std::min(fault.until_ns, plan_.heal_ns), [this, &fault] { End(fault); });
  }
  for (const Crash& crash : plan_.crashes) {
    At(crash.at_ns, [this, &crash] {
      place(crash.member).dying = true;
      place(crash.member).replica->DieAfter(crash.sends_kept);
      if (crash.sends_kept == 0) Die(crash.member);
    });
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
    if (fault.kind == Fault::Kind::kSlowDisk) at.replica->disk().SetSlowness(kSlowDiskFactor);
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
      at.replica->disk().SetSlowness(1);
    }
  }
  LookAround();
}

void World::Die(MemberIndex m) {
  if (!place(m).alive) return;
  place(m).alive = false;
  ++deaths_;
  if (tracing()) Say(absl::StrCat("DIES: ", m.value));
  LookAround();
}

void World::Heal() {
  if (tracing()) Say("HEALED: what is well now stays so");
  healed_ = true;
  network_.Heal(plan_.core);
  for (const MemberIndex m : all()) {
    Place& at = place(m);
    // One that has not sent all that it was to send before its death.
    if (at.dying) Die(m);
    at.lied = {};
    at.replica->disk().Heal();
    WakeReplica(m, now_ns_);
  }
  LookAround();
}

// ---- Who believes to reach whom

bool World::Reaches(MemberIndex who, MemberIndex other) {
  const Place& at = place(who);
  return place(other).alive && !at.lied.Has(other) && !at.suspected.Has(other) &&
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
      if (!place(to).alive) return;
      CHECK(place(to).replica->Push({PartitionId{}, now_ns_, PeerPulse{from, pulse}}));
      WakeReplica(to, now_ns_);
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
  if (!at.alive || at.told.Has(about) == reaches) return;
  if (reaches) {
    at.told.Add(about);
  } else {
    at.told.Remove(about);
  }
  if (tracing()) Say(absl::StrCat(who.value, reaches ? " reaches " : " loses ", about.value));
  CHECK(at.replica->Push({PartitionId{}, now_ns_, PeerChange{about, reaches}}));
  WakeReplica(who, now_ns_);
}

}  // namespace althing::sim
