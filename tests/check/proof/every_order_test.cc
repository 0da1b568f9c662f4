// Small histories, right and wrong, with values that are written more than once: the judges against
// one that tries every order there is.
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/check/judge.h"
#include "tests/check/linearize.h"
#include "tests/check/model.h"
#include "tests/check/proof/script.h"
#include "tests/check/versions.h"

namespace althing::check {
namespace {

constexpr uint64_t kHistories = 30'000;

class EveryOrder {
 public:
  explicit EveryOrder(const KeyHistory& operations) {
    for (const Operation* operation : operations) {
      if (operation->outcome != Outcome::kFailed) left_.push_back(operation);
    }
  }

  bool Explains(const State& state = {}) {
    const bool done = std::none_of(left_.begin(), left_.end(),
                                   [](auto* o) { return o->outcome == Outcome::kOk; });
    if (done) return true;
    for (size_t i = 0; i < left_.size(); ++i) {
      const Operation* next = left_[i];
      const bool too_early = std::any_of(left_.begin(), left_.end(), [next](auto* o) {
        return o->outcome == Outcome::kOk && o->return_ns < next->call_ns;
      });
      if (too_early || !Answers(state, *next)) continue;
      left_.erase(left_.begin() + static_cast<ptrdiff_t>(i));
      const bool explained = Explains(After(state, *next));
      left_.insert(left_.begin() + static_cast<ptrdiff_t>(i), next);
      if (explained) return true;
    }
    return false;
  }

 private:
  KeyHistory left_;
};

// Values become few, so that several operations write the same.
void Blur(Script& script, Chance& chance) {
  const auto blur = [](std::string& value) {
    if (value.size() > 2) value = absl::StrCat(value.size() % 2, value[1] % 2);
  };
  if (chance.Percent(40)) return;
  for (Step& step : script) {
    blur(step.operation.value);
    if (step.operation.expect_value) blur(*step.operation.expect_value);
  }
}

void Disturb(History& history, Chance& chance) {
  Operation& victim = history[chance.Below(history.size())];
  Operation& other = history[chance.Below(history.size())];
  const uint64_t how = chance.Below(6);
  if (how == 0) {
    victim.outcome = Outcome::kUnknown;
    victim.result = {};
  } else if (how == 1 && victim.result.version) {
    victim.result.version = *victim.result.version + 1;
  } else if (how == 2 && victim.result.version.value_or(0) > 0) {
    victim.result.version = *victim.result.version - 1;
  } else if (how == 3 && victim.result.value && other.result.value) {
    std::swap(victim.result.value, other.result.value);
  } else if (how == 4 && victim.return_ns != kNever && other.return_ns != kNever) {
    std::swap(victim.call_ns, other.call_ns);
    std::swap(victim.return_ns, other.return_ns);
  } else if (how == 5) {
    victim.result.version.reset();
  }
}

TEST(EveryOrderTest, AgreesWithTheJudges) {
  int right = 0, wrong = 0, proven = 0, contradicted = 0;
  for (uint64_t seed = 0; seed < kHistories; ++seed) {
    Chance chance(seed);
    ScriptPlan plan{.operations = 2 + static_cast<int>(chance.Below(5)),
                    .clients = 1 + static_cast<int>(chance.Below(4)),
                    .keys = 1,
                    .values_decide = chance.Percent(50),
                    .unknown_percent = 30};
    Script script = RandomScript(plan, chance);
    Blur(script, chance);
    History history = Perform(script);
    for (uint64_t i = chance.Below(4); i > 0; --i) Disturb(history, chance);
    if (chance.Percent(20)) StripVersions(history);
    const KeyHistory operations = SplitByKey(history).front();
    const bool truth = EveryOrder(operations).Explains();
    ++(truth ? right : wrong);
    const std::string words = InWords(Judge(history), history);
    ASSERT_EQ(Linearize(operations, {}).verdict,
              truth ? Verdict::kLinearizable : Verdict::kViolation)
        << "seed " << seed << "\n"
        << words;
    const Verdict by_versions = CheckVersions(operations).verdict;
    if (by_versions == Verdict::kLinearizable) ++proven;
    if (by_versions == Verdict::kViolation) ++contradicted;
    ASSERT_NE(by_versions, truth ? Verdict::kViolation : Verdict::kLinearizable)
        << "seed " << seed << "\n"
        << words;
  }
  EXPECT_GT(right, kHistories / 5);
  EXPECT_GT(wrong, kHistories / 6);
  EXPECT_GT(proven, kHistories / 20);
  EXPECT_GT(contradicted, kHistories / 10);
}

}  // namespace
}  // namespace althing::check
