#include "tests/sim/plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/sim/ambush.h"
#include "tests/sim/draw.h"
#include "tests/sim/draw_restarts.h"

namespace althing::sim {
namespace {

constexpr uint64_t kSeedsPerAmbush = 8;

// Draws faults one after the other over the time that they may last.
class FaultDrawer {
 public:
  FaultDrawer(Random random, Plan& plan) : random_(random), plan_(plan) {}

  void Draw() {
    const uint64_t count = random_.Below(9);
    for (uint64_t i = 0; i < count; ++i) {
      switch (random_.Below(8)) {
        case 0:
        case 1:
        case 2:
          DrawCut();
          break;
        case 3:
          DrawSwizzle();
          break;
        case 4:
          Add({.kind = Fault::Kind::kClog, .links = Around(Any()), .name = "clog"});
          break;
        case 5:
          Add({.kind = Fault::Kind::kPause, .members = MemberSet::Of(Any()), .name = "pause"});
          break;
        case 6: {
          const MemberIndex from = Any(), to = Any();
          Add({.kind = Fault::Kind::kLie, .links = OneWay(from, to), .name = "lie"});
          break;
        }
        case 7:
          Add({.kind = Fault::Kind::kSlowDisk,
               .members = MemberSet::Of(Any()),
               .name = "slow disk"});
          break;
      }
    }
    if (random_.Below(3) == 0) DrawDeafPairs();
    std::stable_sort(plan_.faults.begin(), plan_.faults.end(),
                     [](const Fault& a, const Fault& b) { return a.from_ns < b.from_ns; });
  }

 private:
  MemberIndex Any() {
    return Member(static_cast<int>(random_.Below(static_cast<uint64_t>(plan_.n))));
  }
  MemberSet all() const { return MemberSet::FirstN(plan_.n); }

  void Add(Fault fault) {
    fault.from_ns = Between(random_, 0, plan_.heal_ns);
    fault.until_ns = fault.from_ns + Between(random_, 1 * kMs, plan_.heal_ns / 2);
    plan_.faults.push_back(std::move(fault));
  }

  static Fault::Links OneWay(MemberIndex from, MemberIndex to) {
    Fault::Links links;
    if (from != to) links[from.value].Add(to);
    return links;
  }
  // All links of the member, both ways.
  Fault::Links Around(MemberIndex member) const {
    Fault::Links links;
    for (const MemberIndex m : all() - MemberSet::Of(member)) {
      links[m.value].Add(member);
      links[member.value].Add(m);
    }
    return links;
  }
  // All links but those between neighbours of the sequence.
  Fault::Links AllBut(const std::vector<std::pair<int, int>>& pairs) const {
    Fault::Links links;
    for (const MemberIndex m : all()) links[m.value] = all() - MemberSet::Of(m);
    for (const auto& [a, b] : pairs) {
      links[static_cast<size_t>(a)].Remove(Member(b));
      links[static_cast<size_t>(b)].Remove(Member(a));
    }
    return links;
  }
  Fault::Links Star(MemberIndex centre) const {
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0; i < plan_.n; ++i) {
      if (i != centre.value) pairs.emplace_back(centre.value, i);
    }
    return AllBut(pairs);
  }
  Fault::Links Chain(bool closed) const {
    std::vector<std::pair<int, int>> pairs;
    for (int i = 0; i + 1 < plan_.n; ++i) pairs.emplace_back(i, i + 1);
    if (closed) pairs.emplace_back(plan_.n - 1, 0);
    return AllBut(pairs);
  }
  Fault::Links Split(MemberSet side) const {
    Fault::Links links;
    for (const MemberIndex m : all()) links[m.value] = side.Has(m) ? all() - side : side;
    return links;
  }

  void DrawCut() {
    const auto cut = [&](Fault::Links links, std::string name) {
      Add({.links = links, .name = std::move(name)});
    };
    const MemberIndex a = Any(), b = Any();
    switch (random_.Below(10)) {
      case 0:
        return cut(OneWay(a, b), "one-way cut");
      case 1: {
        Fault::Links links = OneWay(a, b);
        if (a != b) links[b.value].Add(a);
        return cut(links, "two-way cut");
      }
      case 2:
        return cut(Around(a), "isolated");
      case 3: {  // It hears nobody, all hear it.
        Fault::Links links = Around(a);
        links[a.value] = {};
        return cut(links, "deaf");
      }
      case 4: {
        Fault::Links links;
        links[a.value] = all() - MemberSet::Of(a);
        return cut(links, "mute");
      }
      case 5:
        return cut(Split(MemberSet(Small(random_, 1u << plan_.n))), "split");
      case 6:
        return cut(Star(a), "only one has a quorum");
      case 7:
        return DrawLateStar(a);
      case 8:
        return cut(Chain(random_.Below(2) == 0), "chain or ring");
      case 9:
        return DrawFlapping(a, b);
    }
  }

  // The one that is left with a quorum is the one that has missed the most.
  void DrawLateStar(MemberIndex a) {
    Add({.links = Around(a), .name = "isolated, then the only one with a quorum"});
    Fault star = plan_.faults.back();
    star.links = Star(a);
    star.from_ns = star.until_ns;
    star.until_ns += Between(random_, 1 * kMs, plan_.heal_ns / 4);
    plan_.faults.push_back(std::move(star));
  }

  void DrawFlapping(MemberIndex a, MemberIndex b) {
    Fault::Links links = OneWay(a, b);
    if (a != b) links[b.value].Add(a);
    const int64_t period = Between(random_, 2 * kMs, 200 * kMs);
    int64_t at = Between(random_, 0, plan_.heal_ns);
    for (uint64_t i = 1 + random_.Below(6); i > 0; --i) {
      plan_.faults.push_back(
          {.from_ns = at, .until_ns = at + period, .links = links, .name = "flapping"});
      at += 2 * period;
    }
  }

  // Again and again two members hear nobody, and are heard by some: what both have begun must be
  // recovered without them.
  void DrawDeafPairs() {
    const int64_t length = Between(random_, plan_.heal_ns / 40, plan_.heal_ns / 8);
    for (int64_t at = Between(random_, 0, length); at < plan_.heal_ns; at += 2 * length) {
      Fault::Links links;
      for (int i = 0; i < 2; ++i) {
        const MemberIndex a = Any();
        for (const MemberIndex m : all() - MemberSet::Of(a)) {
          links[m.value].Add(a);
          if (random_.Below(2) == 0) links[a.value].Add(m);
        }
      }
      plan_.faults.push_back(
          {.from_ns = at, .until_ns = at + length, .links = links, .name = "two are deaf"});
    }
  }

  // Links of several members are clogged one by one, and freed in another order.
  void DrawSwizzle() {
    const MemberSet members(Small(random_, 1u << plan_.n));
    const int64_t begin = Between(random_, 0, plan_.heal_ns), length = plan_.heal_ns / 4;
    for (const MemberIndex m : members) {
      const int64_t from = begin + Between(random_, 0, length);
      plan_.faults.push_back({.kind = Fault::Kind::kClog,
                              .from_ns = from,
                              .until_ns = from + Between(random_, 1 * kMs, length),
                              .links = Around(m),
                              .name = "swizzle"});
    }
  }

  Random random_;
  Plan& plan_;
};

void DrawCluster(Random& random, Plan& plan) {
  plan.n = Pick(random, {3, 3, 5, 5, 5, 5, 5, 7});
  plan.partitions = Pick(random, {1u, 1u, 1u, 2u, 3u});
  plan.thrifty = random.Below(2) == 0;
  plan.scheduler = Pick<const char*>(random, {"fifo", "fifo", "lifo", "round_robin"});
  plan.turn_messages_max = Pick(random, {1u, 3u, 1000u, 1000u});
  plan.batch_commands_max = Pick(random, {1u, 2u, 5u, 1000u, 1000u});
  plan.batch_bytes_max = Pick(random, {64u, 256u * 1024u, 256u * 1024u});
  plan.window = Pick(random, {1u, 2u, 3u, 64u});
  plan.waiting_max = Pick(random, {2u, 20000u, 20000u});
  plan.client_messages_max = Pick(random, {2u, 20000u, 20000u});
  plan.peer_messages_max = Pick(random, {300u, 20000u, 20000u, 20000u});
}

void DrawTimes(Random& random, Plan& plan) {
  const int64_t tick_ns = Pick<int64_t>(random, {1 * kMs, 2 * kMs, 5 * kMs, 10 * kMs});
  for (int i = 0; i < plan.n; ++i) {
    plan.tick_ns.push_back(tick_ns * Between(random, 80, 125) / 100);
  }
  plan.fast_path_ticks = Pick<uint64_t>(random, {1, 2, 5});
  plan.resend_ticks = Pick<uint64_t>(random, {2, 5, 10});
  plan.resend_ticks_max = Pick<uint64_t>(random, {20, 50, 200});
  plan.catch_up_ticks = Pick<uint64_t>(random, {1, 2, 5});
  plan.recover_ticks = Pick<uint64_t>(random, {3, 5, 10, 30});
  plan.session_ticks = Pick<uint64_t>(random, {60, 100'000, 100'000});
  plan.session_answers_max = Pick<uint64_t>(random, {4, 10'000, 10'000});

  plan.delay_min_ns = Between(random, 20'000, kMs);
  plan.delay_max_ns = plan.delay_min_ns + Pick<int64_t>(random, {kMs / 10, kMs, 5 * kMs, 20 * kMs});
  plan.fifo = random.Below(3) == 0;
  plan.detect_ns = Between(random, kMs, 300 * kMs);
  plan.heartbeat_ns = Pick<int64_t>(random, {0, 20 * kMs, 100 * kMs});
  plan.suspect_ns = plan.heartbeat_ns * Between(random, 3, 10);
  const bool instant = random.Below(4) == 0;
  plan.flush_min_ns = instant ? 0 : Between(random, 10'000, kMs);
  plan.flush_max_ns =
      instant ? 0 : plan.flush_min_ns + Pick<int64_t>(random, {kMs / 10, 2 * kMs, 20 * kMs});
  const int64_t round_trip = plan.delay_min_ns + plan.delay_max_ns + 2 * plan.flush_max_ns;
  plan.timeout_ns = Between(random, 2, 40) * round_trip + 20 * kMs;
}

void DrawClients(Random& random, Plan& plan, uint32_t commands) {
  plan.clients = Pick(random, {1u, 2u, 4u, 4u, 8u, 12u});
  plan.commands = commands;
  plan.hot_keys = 1 + Small(random, 3);
  plan.cold_keys = Small(random, 30);
  plan.read_permille = Pick(random, {100u, 300u, 300u, 700u});
  plan.multi_permille = Pick(random, {0u, 100u, 300u});
  plan.conditional_permille = Pick(random, {0u, 100u, 300u});
  plan.sessions_permille = Pick(random, {0u, 500u, 1000u, 1000u});
  plan.hedge_permille = Pick(random, {0u, 50u, 200u});
  plan.answer_loss_permille = Pick(random, {0u, 0u, 50u, 200u});
  plan.heal_ns = Pick<int64_t>(random, {100 * kMs, 300 * kMs, 1000 * kMs, 3000 * kMs});
  // Most calls are made while there are faults.
  plan.think_ns = plan.heal_ns * plan.clients / std::max(commands, 1u);
  // At times all clients want one key at once.
  if (random.Below(4) == 0) {
    plan.clients = 12;
    plan.hot_keys = 1;
    plan.cold_keys = Small(random, 2);
    plan.think_ns = 0;
  }
}

void DrawEnd(Random& random, Plan& plan) {
  const int f = (plan.n - 1) / 2;
  const MemberSet all = MemberSet::FirstN(plan.n);
  MemberSet down;  // Never more than f.
  const auto draw_down = [&](int count) {
    while (down.Size() < count) {
      down.Add(Member(static_cast<int>(random.Below(static_cast<uint64_t>(plan.n)))));
    }
  };
  if (random.Below(3) > 0) draw_down(1 + static_cast<int>(random.Below(static_cast<uint64_t>(f))));
  // Two that die together leave more behind.
  const int64_t together = Between(random, 0, plan.heal_ns * 3 / 4);
  const bool at_once = random.Below(2) == 0;
  for (const MemberIndex m : down) {
    // Dead, or only cut off from those that are well.
    if (random.Below(5) == 0) continue;
    const int64_t at_ns =
        at_once ? together + Between(random, 0, 3 * kMs) : Between(random, 0, plan.heal_ns);
    plan.crashes.push_back({.at_ns = at_ns,
                            .member = m,
                            .sends_kept = random.Below(static_cast<uint64_t>(4 * plan.n))});
  }
  plan.core = all - down;
}

}  // namespace

Random StreamOf(uint64_t seed, Stream stream, uint64_t which) {
  Random mix(seed * 1'000'003 + static_cast<uint64_t>(stream) * 101 + which);
  mix.Next();
  return Random(mix.Next());
}

bool Chance(Random& random, uint32_t permille) { return random.Below(1000) < permille; }

int64_t Between(Random& random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random.Below(static_cast<uint64_t>(high - low) + 1));
}

Plan DrawPlan(uint64_t seed, uint32_t commands) {
  Random random = StreamOf(seed, Stream::kPlan);
  Plan plan;
  plan.seed = seed;
  DrawCluster(random, plan);
  DrawTimes(random, plan);
  DrawClients(random, plan, commands);
  plan.loss_permille = Pick(random, {0u, 0u, 10u, 50u, 150u, 400u});
  plan.double_permille = Pick(random, {0u, 0u, 20u, 200u});
  plan.straggler_permille = Pick(random, {0u, 0u, 5u, 50u});
  DrawEnd(random, plan);
  FaultDrawer(StreamOf(seed, Stream::kFaults), plan).Draw();
  Random ambush = StreamOf(seed, Stream::kAmbush);
  if (ambush.Below(kSeedsPerAmbush) == 0) DrawAmbush(ambush, plan);
  DrawRestarts(StreamOf(seed, Stream::kRestarts), plan);
  plan.flushes_in_sequence = StreamOf(seed, Stream::kFlushOrder).Below(8) == 0;
  Random collection = StreamOf(seed, Stream::kCollection);
  plan.collect_ticks = Pick<uint64_t>(collection, {1, 1, 3, 10, 50, 400});
  Random checkpoints = StreamOf(seed, Stream::kCheckpoints);
  plan.checkpoint_bytes = Pick<uint64_t>(checkpoints, {0, 150, 150, 500, 500, 2000, 8000});
  plan.checkpoint_percent = Pick<uint64_t>(checkpoints, {0, 0, 20, 100});
  plan.checkpoint_entries = Pick<size_t>(checkpoints, {1, 1, 2, 3, 50});
  return plan;
}

void Apply(const PlanEdit& edit, Plan& plan) {
  const auto without = [&](const char* name) { return edit.without.contains(name); };
  if (without("loss")) plan.loss_permille = 0;
  if (without("copies")) plan.double_permille = 0;
  if (without("stragglers")) {
    plan.straggler_permille = 0;
    plan.slow_kind_ns = 0;
  }
  if (without("lost-answers")) plan.answer_loss_permille = 0;
  if (without("hedges")) plan.hedge_permille = 0;
  if (without("limits")) {
    const Plan normal;
    plan.turn_messages_max = normal.turn_messages_max;
    plan.batch_commands_max = normal.batch_commands_max;
    plan.batch_bytes_max = normal.batch_bytes_max;
    plan.window = normal.window;
    plan.waiting_max = normal.waiting_max;
    plan.client_messages_max = normal.client_messages_max;
    plan.peer_messages_max = normal.peer_messages_max;
    plan.session_answers_max = normal.session_answers_max;
    plan.scheduler = normal.scheduler;
  }
  std::vector<Fault> faults;
  for (size_t i = 0; i < plan.faults.size(); ++i) {
    if (edit.faults_kept && !edit.faults_kept->contains(i)) continue;
    const Fault& fault = plan.faults[i];
    const bool out = without("cuts") && fault.kind == Fault::Kind::kCut;
    const bool out2 = (without("clogs") && fault.kind == Fault::Kind::kClog) ||
                      (without("pauses") && fault.kind == Fault::Kind::kPause) ||
                      (without("lies") && fault.kind == Fault::Kind::kLie) ||
                      (without("slow-disks") && fault.kind == Fault::Kind::kSlowDisk);
    if (!out && !out2) faults.push_back(fault);
  }
  plan.faults = std::move(faults);
  std::vector<Crash> crashes;
  for (size_t i = 0; i < plan.crashes.size(); ++i) {
    const bool kept = !edit.crashes_kept || edit.crashes_kept->contains(i);
    const char* kind = plan.crashes[i].back_after_ns.has_value() ? "restarts" : "crashes";
    if (kept && !without(kind)) crashes.push_back(plan.crashes[i]);
  }
  plan.crashes = std::move(crashes);
  if (edit.clients) plan.clients = std::max(1u, std::min(plan.clients, *edit.clients));
  if (edit.commands) plan.commands = *edit.commands;
  if (edit.losses_kept) plan.losses_kept = edit.losses_kept;
}

namespace {

std::string Ms(int64_t ns) { return absl::StrFormat("%d.%03d ms", ns / kMs, ns % kMs / 1000); }

std::string SlowKind(const Plan& plan) {
  const auto* field =
      pb::Envelope::descriptor()->FindFieldByNumber(static_cast<int>(plan.slow_kind));
  return field == nullptr ? "nothing" : std::string(field->name());
}

std::string Members(MemberSet set) {
  std::vector<int> members;
  for (const MemberIndex m : set) members.push_back(m.value);
  return absl::StrCat("{", absl::StrJoin(members, " "), "}");
}

}  // namespace

std::string Describe(const Fault& fault, int n) {
  std::string text = fault.name;
  if (!fault.members.Empty()) absl::StrAppend(&text, " ", Members(fault.members));
  for (int i = 0; i < n; ++i) {
    const MemberSet to = fault.links[static_cast<size_t>(i)];
    if (!to.Empty()) absl::StrAppend(&text, " ", i, "->", Members(to));
  }
  return text;
}

std::string Describe(const Plan& p) {
  std::string text = absl::StrCat(
      "seed ", p.seed, ": ", p.n, " replicas, ", p.partitions, " partitions, ",
      p.thrifty ? "thrifty" : "not thrifty", ", scheduler ", p.scheduler, "\n  limits: turn ",
      p.turn_messages_max, ", batch ", p.batch_commands_max, " commands ", p.batch_bytes_max,
      " bytes, window ", p.window, ", waiting ", p.waiting_max, ", channel ", p.client_messages_max,
      " + ", p.peer_messages_max, ", answers of a session ", p.session_answers_max, "\n  ticks of ",
      Ms(p.tick_ns[0]), ": fast path ", p.fast_path_ticks, ", resend ", p.resend_ticks, " to ",
      p.resend_ticks_max, ", catch up ", p.catch_up_ticks, ", recover ", p.recover_ticks,
      ", collect ", p.collect_ticks, ", session ", p.session_ticks,
      "\n  network: ", Ms(p.delay_min_ns), " to ", Ms(p.delay_max_ns), p.fifo ? " in order" : "",
      ", of a thousand ", p.loss_permille, " lost, ", p.double_permille, " twice, ",
      p.straggler_permille, " very late; noticed after ", Ms(p.detect_ns),
      p.slow_kind_ns == 0 ? "" : absl::StrCat(", ", SlowKind(p), " ", Ms(p.slow_kind_ns), " later"),
      ", heartbeats every ", Ms(p.heartbeat_ns), ", suspected after ", Ms(p.suspect_ns),
      "\n  disk: ", Ms(p.flush_min_ns), " to ", Ms(p.flush_max_ns),
      p.restartable
          ? absl::StrCat(", a checkpoint every ", p.checkpoint_bytes, " bytes and ",
                         p.checkpoint_percent, "% of the last, in slices of ", p.checkpoint_entries)
          : ", keeps nothing",
      p.flushes_in_sequence ? ", flushes in sequence" : "", "\n  clients: ", p.clients, " with ",
      p.commands, " calls, keys ", p.hot_keys, " hot ", p.cold_keys, " cold, of a thousand ",
      p.read_permille, " reads ", p.multi_permille, " multi ", p.conditional_permille,
      " conditional ", p.sessions_permille, " in sessions ", p.hedge_permille, " at two replicas, ",
      p.answer_loss_permille, " answers lost; time-out ", Ms(p.timeout_ns), ", pause ",
      Ms(p.think_ns), "\n");
  for (const Fault& fault : p.faults) {
    absl::StrAppend(&text, "  ", Ms(fault.from_ns), " to ", Ms(fault.until_ns), ": ",
                    Describe(fault, p.n), "\n");
  }
  for (const Crash& crash : p.crashes) {
    absl::StrAppend(
        &text, "  ", Ms(crash.at_ns), ": ", crash.member.value,
        crash.in_order ? " stops in order"
                       : absl::StrCat(" crashes after ", crash.sends_kept, " more messages"),
        crash.back_after_ns ? absl::StrCat(", starts again ", Ms(*crash.back_after_ns), " later")
                            : "",
        "\n");
  }
  absl::StrAppend(&text, "  ", Ms(p.heal_ns), ": ", Members(p.core),
                  " are well for ever, the others dead or cut off\n");
  return text;
}

}  // namespace althing::sim
