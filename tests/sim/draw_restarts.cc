#include "tests/sim/draw_restarts.h"

#include <algorithm>

#include "tests/sim/draw.h"

namespace althing::sim {
namespace {

class RestartDrawer {
 public:
  RestartDrawer(Random random, Plan& plan) : random_(random), plan_(plan) {}

  void Draw() {
    plan_.restartable = random_.Below(4) > 0;
    if (!plan_.restartable) return;
    if (random_.Below(2) == 0) SlowDisksDown();
    if (random_.Below(3) == 0) DrawStuckDisk();
    switch (random_.Below(6)) {
      case 0:
        return;
      case 1:
        return DrawRestless();
      case 2:
      case 3:
        for (uint64_t i = 1 + random_.Below(3); i > 0; --i) DrawPowerCut();
        break;
      default:
        break;
    }
    for (uint64_t i = 1 + random_.Below(6); i > 0; --i) {
      Add(Any(), Between(random_, 0, plan_.heal_ns));
    }
  }

 private:
  MemberIndex Any() {
    return Member(static_cast<int>(random_.Below(static_cast<uint64_t>(plan_.n))));
  }
  void Add(MemberIndex member, int64_t at_ns) {
    const int64_t longest = Pick<int64_t>(random_, {kMs, 20 * kMs, plan_.heal_ns / 4});
    plan_.crashes.push_back({.at_ns = at_ns,
                             .member = member,
                             .sends_kept = random_.Below(static_cast<uint64_t>(4 * plan_.n)),
                             .back_after_ns = Between(random_, 0, longest),
                             .in_order = random_.Below(6) == 0});
  }
  // What a crash loses is what waits for a flush: messages that wait for none are ahead of it.
  void SlowDisksDown() {
    const int64_t more = Between(random_, 1 * kMs, 40 * kMs);
    plan_.flush_min_ns += more / 4;
    plan_.flush_max_ns += more;
    plan_.timeout_ns += 4 * more;
  }
  // One whose disk has stood still for so long that others have decided its instances is cut short.
  void DrawStuckDisk() {
    const MemberIndex member = Any();
    const int64_t from_ns = Between(random_, 0, plan_.heal_ns / 2),
                  until_ns = from_ns + plan_.heal_ns / 2;
    plan_.faults.push_back({.kind = Fault::Kind::kSlowDisk,
                            .from_ns = from_ns,
                            .until_ns = until_ns,
                            .members = MemberSet::Of(member),
                            .name = "stuck disk"});
    std::ranges::stable_sort(plan_.faults, {}, &Fault::from_ns);
    Add(member, Between(random_, from_ns, until_ns));
  }
  // All at once, or almost so. Some who died before may stay away until it is over.
  void DrawPowerCut() {
    const int64_t at_ns = Between(random_, 0, plan_.heal_ns);
    const int64_t spread = Pick<int64_t>(random_, {0, 3 * kMs});
    for (const MemberIndex m : MemberSet::FirstN(plan_.n)) {
      plan_.crashes.push_back({.at_ns = at_ns + Between(random_, 0, spread),
                               .member = m,
                               .back_after_ns = spread + Between(random_, 0, 30 * kMs)});
    }
  }
  // Again and again the same one, or anyone.
  void DrawRestless() {
    const bool one = random_.Below(2) == 0;
    const MemberIndex first = Any();
    const int64_t pause = Between(random_, plan_.heal_ns / 60, plan_.heal_ns / 5);
    for (int64_t at = Between(random_, 0, pause); at < plan_.heal_ns; at += pause) {
      Add(one ? first : Any(), at);
    }
  }

  Random random_;
  Plan& plan_;
};

}  // namespace

void DrawRestarts(Random random, Plan& plan) { RestartDrawer(random, plan).Draw(); }

}  // namespace althing::sim
