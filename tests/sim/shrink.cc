#include "tests/sim/shrink.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/sim/edit_text.h"

namespace althing::sim {
namespace {

std::set<uint64_t> FirstN(uint64_t n) {
  std::set<uint64_t> all;
  for (uint64_t i = 0; i < n; ++i) all.insert(i);
  return all;
}

// The failure's first word says what was broken.
std::string WordOf(const std::string& failure) { return failure.substr(0, failure.find(':')); }

class Shrinker {
 public:
  Shrinker(uint64_t seed, const SimOptions& options,
           const std::function<void(const std::string&)>& tell)
      : seed_(seed), options_(options), tell_(tell) {
    word_ = WordOf(RunSeed(seed_, options_).failure);
  }

  PlanEdit Run() {
    for (const char* name : kFaultNames) {
      PlanEdit edit = options_.edit;
      if (edit.without.insert(name).second) TakeIfFails(edit);
    }
    ShrinkCalls();
    ShrinkPlaces(PlanOf(seed_, Untouched()).faults.size(), &PlanEdit::faults_kept);
    ShrinkPlaces(PlanOf(seed_, Untouched()).crashes.size(), &PlanEdit::crashes_kept);
    // Fewer faults may do with fewer calls.
    ShrinkCalls();
    ShrinkPlaces(RunSeed(seed_, options_).losses, &PlanEdit::losses_kept);
    return options_.edit;
  }

 private:
  SimOptions Untouched() const {
    SimOptions options = options_;
    options.edit = {};
    return options;
  }

  bool Fails(const PlanEdit& edit) const {
    SimOptions options = options_;
    options.edit = edit;
    return WordOf(RunSeed(seed_, options).failure) == word_;
  }

  bool TakeIfFails(const PlanEdit& edit) {
    if (!Fails(edit)) return false;
    options_.edit = edit;
    tell_(absl::StrCat("fails still:", ToFlags(edit)));
    return true;
  }

  void ShrinkCalls() {
    const auto try_with = [&](auto field, uint32_t value) {
      PlanEdit edit = options_.edit;
      edit.*field = value;
      return TakeIfFails(edit);
    };
    uint32_t commands = options_.edit.commands.value_or(options_.commands);
    while (commands > 1 && try_with(&PlanEdit::commands, commands / 2)) commands /= 2;
    for (uint32_t step = commands / 4; step > 0; step /= 2) {
      while (commands > step && try_with(&PlanEdit::commands, commands - step)) commands -= step;
    }
    uint32_t clients = PlanOf(seed_, options_).clients;
    while (clients > 1 && try_with(&PlanEdit::clients, clients - 1)) --clients;
  }

  void ShrinkPlaces(uint64_t count, std::optional<std::set<uint64_t>> PlanEdit::*field) {
    if (count == 0) return;
    PlanEdit edit = options_.edit;
    const std::set<uint64_t> all = (edit.*field).value_or(FirstN(count));
    const std::set<uint64_t> kept = SmallestSubset(all, [&](const std::set<uint64_t>& subset) {
      edit.*field = subset;
      return Fails(edit);
    });
    edit.*field = kept;
    if (kept.size() < all.size()) TakeIfFails(edit);
  }

  const uint64_t seed_;
  SimOptions options_;
  const std::function<void(const std::string&)>& tell_;
  std::string word_;
};

}  // namespace

std::set<uint64_t> SmallestSubset(std::set<uint64_t> all,
                                  const std::function<bool(const std::set<uint64_t>&)>& fails) {
  for (size_t chunk = all.size(); chunk > 0; chunk /= 2) {
    const std::vector<uint64_t> numbers(all.begin(), all.end());
    for (size_t at = 0; at < numbers.size(); at += chunk) {
      std::set<uint64_t> fewer = all;
      for (size_t i = at; i < std::min(at + chunk, numbers.size()); ++i) fewer.erase(numbers[i]);
      if (fewer.size() < all.size() && fails(fewer)) all = std::move(fewer);
    }
  }
  return all;
}

PlanEdit Shrink(uint64_t seed, const SimOptions& options,
                const std::function<void(const std::string&)>& tell) {
  return Shrinker(seed, options, tell).Run();
}

}  // namespace althing::sim
