#include "tests/sim/network.h"

#include <algorithm>

namespace althing::sim {
namespace {

constexpr int64_t kStragglerFactor = 100;

}  // namespace

Network::Network(const Plan& plan)
    : plan_(plan),
      loss_random_(StreamOf(plan.seed, Stream::kLosses)),
      delay_random_(StreamOf(plan.seed, Stream::kDelays)),
      copy_random_(StreamOf(plan.seed, Stream::kCopies)) {}

Network::Arrivals Network::Send(MemberIndex from, MemberIndex to, int64_t now_ns) {
  ++sent_;
  Link& way = link(from, to);
  if (!Connected(from, to)) {
    ++cut_;
    return {};
  }
  Arrivals arrivals{Arrival(way, now_ns)};
  if (healed_) return arrivals;
  if (Chance(copy_random_, plan_.double_permille)) {
    ++copies_;
    arrivals.push_back(Arrival(way, now_ns));
  }
  if (Chance(loss_random_, plan_.loss_permille)) {
    const uint64_t number = losses_++;
    if (!plan_.losses_kept || plan_.losses_kept->contains(number)) arrivals.erase(arrivals.begin());
  }
  return arrivals;
}

int64_t Network::Arrival(Link& way, int64_t now_ns) {
  if (healed_) return now_ns + Between(delay_random_, 20'000, 500'000);
  int64_t delay = Between(delay_random_, plan_.delay_min_ns, plan_.delay_max_ns);
  if (Chance(delay_random_, plan_.straggler_permille)) delay *= kStragglerFactor;
  int64_t arrival = now_ns + delay;
  if (way.clogged_until_ns > arrival) {
    arrival = way.clogged_until_ns + Between(delay_random_, 0, plan_.delay_max_ns);
  }
  if (plan_.fifo) arrival = std::max(arrival, way.last_arrival_ns + 1);
  way.last_arrival_ns = std::max(way.last_arrival_ns, arrival);
  return arrival;
}

void Network::Begin(const Fault& fault) {
  for (uint8_t from = 0; from < plan_.n; ++from) {
    for (const MemberIndex to : fault.links[from]) {
      Link& way = link(MemberIndex{from}, to);
      if (fault.kind == Fault::Kind::kCut) ++way.cuts;
      if (fault.kind == Fault::Kind::kClog) {
        way.clogged_until_ns = std::max(way.clogged_until_ns, fault.until_ns);
      }
    }
  }
}

void Network::End(const Fault& fault) {
  if (fault.kind != Fault::Kind::kCut) return;
  for (uint8_t from = 0; from < plan_.n; ++from) {
    for (const MemberIndex to : fault.links[from]) --link(MemberIndex{from}, to).cuts;
  }
}

void Network::Heal(MemberSet core) {
  healed_ = true;
  core_ = core;
}

bool Network::Connected(MemberIndex from, MemberIndex to) const {
  if (healed_) return core_.Has(from) && core_.Has(to);
  return links_[from.value][to.value].cuts == 0;
}

}  // namespace althing::sim
