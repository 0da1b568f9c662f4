// The part of World that looks at what the cluster has come to.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "replica/core/epaxos/recovery.h"
#include "tests/sim/history_check.h"
#include "tests/sim/world.h"

namespace althing::sim {
namespace {

// How long a cluster that is well may take to come to an end.
constexpr int64_t kProgressNs = 60'000 * kMs;

constexpr std::pair<Event::Kind, const char*> kCountedEvents[] = {
    {Event::Kind::kFastDecision, "commands decided fast"},
    {Event::Kind::kTwoFlushDecision, "commands decided fast with two flushes"},
    {Event::Kind::kSlowDecision, "commands decided slowly"},
    {Event::Kind::kExecutedCommands, "commands executed"},
    {Event::Kind::kProposedKeyBusy, "proposals that waited for a key"},
    {Event::Kind::kUnseenDependency, "unseen dependencies"},
    {Event::Kind::kRepeatedRequests, "requests executed before"},
    {Event::Kind::kSessionsOpened, "sessions opened"},
    {Event::Kind::kSessionsClosed, "sessions closed"},
    {Event::Kind::kSessionsExpired, "sessions expired"},
    {Event::Kind::kRecoveryStarted, "recoveries"},
    {Event::Kind::kRecoveryRetried, "recoveries given up for another attempt"},
    {Event::Kind::kRecoveryWaits, "recoveries that wait"},
    {Event::Kind::kResubmitted, "requests proposed anew after a noop"},
    {Event::Kind::kRecoveredPayload, "recovered as payload"},
    {Event::Kind::kRecoveredNoop, "recovered as noop"},
    {Event::Kind::kResent, "messages sent again"},
    {Event::Kind::kCollected, "instances forgotten"},
};

}  // namespace

void World::CheckCores() {
  for (const MemberIndex m : all()) {
    if (!alive(m)) continue;
    const absl::Status status = place(m).replica->core().CheckInvariants();
    if (!status.ok()) Fail(absl::StrCat("core of member ", m.value, ": ", status.ToString()));
  }
}

std::string World::WhatIsHeld() const {
  // A log makes members execute again; and who is gone or cut off never tells that it has executed.
  if (plan_.restartable || plan_.core != all()) return "";
  for (const MemberIndex m : all()) {
    for (uint32_t p = 0; p < plan_.partitions; ++p) {
      const Held held = places_[m.value].replica->core().held(PartitionId{p});
      if (held.instances + held.keys == 0) continue;
      return absl::StrCat(" memory: member ", m.value, " holds ", held.instances, " instances and ",
                          held.keys, " keys of partition ", p);
    }
  }
  return "";
}

void World::CheckProgress() {
  const bool clients_done =
      std::all_of(clients_.begin(), clients_.end(), [](const Client& c) { return c.done(); });
  if (clients_done && up().Contains(plan_.core) &&
      std::all_of(invariants_.begin(), invariants_.end(),
                  [&](const Invariants& i) { return i.AllDone(plan_.core); }) &&
      WhatIsHeld().empty()) {
    ended_ = true;
    return;
  }
  const int64_t took_ns = now_ns_ - plan_.heal_ns;
  if (took_ns < kProgressNs) return;
  std::string why = absl::StrCat("progress: not at an end ", took_ns / kMs, " ms and ", happened_,
                                 " events after all faults;");
  for (const Client& client : clients_) {
    if (!client.done()) absl::StrAppend(&why, " ", client.Describe());
  }
  for (const Invariants& invariants : invariants_) {
    absl::StrAppend(&why, invariants.WhatIsLeft(plan_.core));
  }
  absl::StrAppend(&why, WhatIsHeld());
  Fail(why);
}

void World::CheckEnd() {
  if (failure_.empty()) CheckCores();
  if (failure_.empty()) CheckStores();
  std::vector<CallRecord> calls;
  for (const Client& client : clients_) {
    calls.insert(calls.end(), client.calls().begin(), client.calls().end());
  }
  for (const CallRecord& call : calls) {
    if (call.outcome == check::Outcome::kOk &&
        call.results.size() < static_cast<size_t>(call.request.commands_size())) {
      Fail("history: an answer has fewer results than the request has commands");
    }
  }
  if (failure_.empty()) {
    uint64_t given_up = 0;
    const std::string contradiction = FindContradiction(calls, &given_up);
    counts_.Add("histories given up", given_up);
    if (!contradiction.empty()) Fail(absl::StrCat("history: ", contradiction));
  }
  Count(calls);
  MixText(failure_);
}

void World::Count(const std::vector<CallRecord>& calls) {
  counts_.Add("events", happened_);
  for (const CallRecord& call : calls) {
    counts_.Add(call.outcome == check::Outcome::kOk       ? "calls answered"
                : call.outcome == check::Outcome::kFailed ? "calls refused"
                                                          : "calls unknown",
                1);
    if (call.request.commands_size() > 1) counts_.Add("calls of several commands", 1);
  }
  for (const Invariants& invariants : invariants_) {
    counts_.Add("instances", invariants.instances());
    counts_.Add("committed", invariants.committed());
    counts_.Add("committed as noop", invariants.noops());
    const Invariants::RestartCounts& restarts = invariants.restart_counts();
    counts_.Add("own slots lost", restarts.own_slots_lost);
    counts_.Add("floors raised", restarts.floors_raised);
    counts_.Add("instances executed, forgotten and executed again", restarts.executed_again);
    counts_.Add("restarted coordinators as voters", restarts.restarted_voters);
  }
  counts_.Add("messages", network_.sent());
  counts_.Add("messages lost", network_.losses());
  counts_.Add("messages cut off", network_.cut());
  counts_.Add("messages doubled", network_.copies());
  counts_.Add("crashes", deaths_);
  counts_.Add("restarts", restarts_);
  counts_.Add("stops in order", stops_);
  counts_.Add("power cuts", power_cuts_);
  counts_.Add("records lost", records_lost_);
  counts_.Add("checkpoints", checkpoints_);
  if (plan_.restartable) {
    counts_.Add("instances forgotten by those who can start again",
                event_values_[static_cast<size_t>(Event::Kind::kCollected)]);
  }
  for (const Place& place : places_) counts_.Add("records cut", place.disk->records_cut());
  counts_.Add("suspicions", suspicions_);
  counts_.Add("clusters that flush in sequence", plan_.flushes_in_sequence);
  static constexpr const char* kKinds[] = {"cuts", "clogs", "pauses", "lies", "slow disks"};
  for (size_t i = 0; i < std::size(kKinds); ++i) counts_.Add(kKinds[i], faults_[i]);
  for (const char* rule : kRecoveryRules) counts_.Add(absl::StrCat("rule: ", rule), rules_[rule]);
  for (const auto& [kind, name] : kCountedEvents) {
    counts_.Add(name, event_values_[static_cast<size_t>(kind)]);
  }
}

void World::SayEvent(MemberIndex at, const Event& event) {
  if (event.kind == Event::Kind::kRecoveryRule) {
    Say(absl::StrCat("    ", at.value, ": recovery of ", ToString(event.id), ": ", event.text));
  }
  for (const auto& [kind, name] : kCountedEvents) {
    if (kind != event.kind) continue;
    Say(absl::StrCat("    ", at.value, ": ", name, event.id.slot == 0 ? "" : " ",
                     event.id.slot == 0 ? "" : ToString(event.id)));
  }
}

void World::CheckStores() {
  for (const Invariants& invariants : invariants_) {
    const std::string lost = invariants.WhatIsLost(plan_.core);
    if (!lost.empty()) return Fail(absl::StrCat("lost: ", lost));
  }
  for (uint32_t p = 0; p < plan_.partitions; ++p) {
    const auto digest = [&](MemberIndex m) {
      return place(m).replica->core().StateDigest(PartitionId{p});
    };
    for (const MemberIndex a : plan_.core) {
      Mix(digest(a));
      for (const MemberIndex b : plan_.core) {
        if (digest(a) == digest(b)) continue;
        return Fail(absl::StrCat("stores: members ", a.value, " and ", b.value,
                                 " have executed the same in partition ", p, " and differ"));
      }
    }
  }
}

}  // namespace althing::sim
