// The simulated network: when what is sent arrives, and whether.
#ifndef ALTHING_TESTS_SIM_NETWORK_H_
#define ALTHING_TESTS_SIM_NETWORK_H_

#include <array>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "tests/sim/plan.h"

namespace althing::sim {

class Network {
 public:
  // The plan is borrowed.
  explicit Network(const Plan& plan);

  // When the copies of a message that is sent now arrive; none if it is lost.
  using Arrivals = absl::InlinedVector<int64_t, 2>;
  Arrivals Send(MemberIndex from, MemberIndex to, int64_t now_ns);
  // Cuts and clogs begin or end; what is on its way arrives.
  void Begin(const Fault& fault);
  void End(const Fault& fault);
  // From now on the members of the core lose nothing, and no link leaves the core.
  void Heal(MemberSet core);

  // Whether no cut is in the way.
  bool Connected(MemberIndex from, MemberIndex to) const;

  uint64_t sent() const { return sent_; }
  // Losses by chance, also those that the plan takes back: each has a number.
  uint64_t losses() const { return losses_; }
  uint64_t cut() const { return cut_; }
  uint64_t copies() const { return copies_; }

 private:
  struct Link {
    int cuts = 0;
    int64_t clogged_until_ns = 0;
    int64_t last_arrival_ns = 0;
  };
  Link& link(MemberIndex from, MemberIndex to) { return links_[from.value][to.value]; }
  int64_t Arrival(Link& link, int64_t now_ns);

  const Plan& plan_;
  Random loss_random_, delay_random_, copy_random_;
  std::array<std::array<Link, kMembersMax>, kMembersMax> links_;
  bool healed_ = false;
  MemberSet core_;
  uint64_t sent_ = 0, losses_ = 0, cut_ = 0, copies_ = 0;
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_NETWORK_H_
