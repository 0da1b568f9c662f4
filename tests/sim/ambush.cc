#include "tests/sim/ambush.h"

#include <utility>

#include "tests/sim/draw.h"

namespace althing::sim {
namespace {

class Ambush {
 public:
  Ambush(Random random, Plan& plan) : random_(random), plan_(plan) {}

  void Draw() {
    plan_.n = Pick(random_, {5, 7});
    plan_.partitions = 1;
    plan_.thrifty = random_.Below(4) == 0;
    plan_.window = 64;
    plan_.tick_ns.resize(static_cast<size_t>(plan_.n), plan_.tick_ns[0]);
    plan_.fast_path_ticks = Pick<uint64_t>(random_, {2, 20});
    plan_.recover_ticks = Pick<uint64_t>(random_, {3, 5, 10});
    plan_.delay_max_ns = plan_.delay_min_ns + Pick<int64_t>(random_, {kMs / 10, kMs, 5 * kMs});
    plan_.loss_permille = Pick(random_, {0u, 50u, 150u});
    plan_.clients = 12;
    plan_.hot_keys = 1 + Small(random_, 2);
    plan_.cold_keys = 0;
    plan_.read_permille = 100;
    plan_.think_ns = 0;
    plan_.heal_ns = 1000 * kMs;
    plan_.detect_ns = Between(random_, kMs, 30 * kMs);
    using Kind = pb::Envelope;
    plan_.slow_kind =
        Pick(random_, {Kind::MESSAGE_NOT_SET, Kind::kPreAccept, Kind::kAccept, Kind::kAccept,
                       Kind::kCommit, Kind::kRecoverOk, Kind::kValidateOk, Kind::kAcceptOk});
    plan_.slow_kind_ns = Between(random_, kMs, 60 * kMs);
    plan_.crashes.clear();
    plan_.core = MemberSet::FirstN(plan_.n);
    plan_.faults.clear();
    DrawCuts();
  }

 private:
  void DrawCuts() {
    const MemberSet all = MemberSet::FirstN(plan_.n);
    const uint64_t cut_at_once = 1 + random_.Below(static_cast<uint64_t>(plan_.n / 2)),
                   hears_of = 2 + random_.Below(3);
    const int64_t length = Between(random_, 40 * kMs, 200 * kMs);
    for (int64_t at = Between(random_, 0, length); at < plan_.heal_ns; at += length * 3 / 2) {
      MemberSet cut;
      while (cut.Size() < static_cast<int>(cut_at_once)) {
        cut.Add(Member(static_cast<int>(random_.Below(static_cast<uint64_t>(plan_.n)))));
      }
      Fault some{.from_ns = at, .until_ns = at + length, .name = "ambush"};
      Fault none = some;
      // What they say at first, to some, is all that is heard of them.
      none.from_ns += Between(random_, kMs, 10 * kMs);
      for (const MemberIndex m : cut) {
        none.links[m.value] = all - MemberSet::Of(m);
        for (const MemberIndex other : all - MemberSet::Of(m)) {
          some.links[other.value].Add(m);
          if (random_.Below(hears_of) > 0) some.links[m.value].Add(other);
        }
      }
      plan_.faults.push_back(std::move(some));
      plan_.faults.push_back(std::move(none));
    }
  }

  Random random_;
  Plan& plan_;
};

}  // namespace

void DrawAmbush(Random random, Plan& plan) { Ambush(random, plan).Draw(); }

}  // namespace althing::sim
