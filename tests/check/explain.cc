#include "tests/check/explain.h"

#include <algorithm>
#include <utility>

namespace althing::check {
namespace {

constexpr uint64_t kTrialStatesMax = 20'000;
constexpr uint64_t kStatesMax = 4'000'000;  // Of all trials.

// Tries the same operations again and again with ever fewer answers.
class Shrinking {
 public:
  Shrinking(const KeyHistory& operations, const Budget& budget) : budget_(budget) {
    for (const Operation* operation : operations) {
      if (operation->outcome != Outcome::kFailed) originals_.push_back(operation);
    }
    std::stable_sort(originals_.begin(), originals_.end(),
                     [](auto* a, auto* b) { return a->call_ns < b->call_ns; });
  }

  KeyHistory Run() {
    until_ns_ = FirstViolationNs();
    KeyHistory kept;
    for (const Operation* operation : originals_) {
      if (IsAnswered(*operation)) kept.push_back(operation);
    }
    for (size_t chunk = std::max<size_t>(kept.size() / 2, 1);; chunk /= 2) {
      kept = Spare(std::move(kept), chunk);
      if (chunk == 1) return kept;
    }
  }

 private:
  bool IsAnswered(const Operation& operation) const {
    return operation.outcome == Outcome::kOk && operation.return_ns <= until_ns_;
  }

  // What had returned by then cannot be explained, whatever came later: half as many each time.
  int64_t FirstViolationNs() {
    std::vector<int64_t> returns;
    for (const Operation* operation : originals_) {
      if (operation->outcome == Outcome::kOk) returns.push_back(operation->return_ns);
    }
    std::sort(returns.begin(), returns.end());
    size_t low = 0, high = returns.empty() ? 0 : returns.size() - 1;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      until_ns_ = returns[middle];
      KeyHistory answered;
      for (const Operation* operation : originals_) {
        if (IsAnswered(*operation)) answered.push_back(operation);
      }
      if (IsViolation(answered, false)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return returns.empty() ? kNever : returns[low];
  }

  // Leaves out what can be spared, so many at a time.
  KeyHistory Spare(KeyHistory kept, size_t chunk) {
    // The latest come last: the end of the story is there.
    for (size_t begin = 0; begin < kept.size() && states_ < kStatesMax;) {
      const auto first = kept.begin() + static_cast<ptrdiff_t>(begin);
      const auto last = kept.begin() + static_cast<ptrdiff_t>(std::min(begin + chunk, kept.size()));
      KeyHistory fewer(kept.begin(), first);
      fewer.insert(fewer.end(), last, kept.end());
      if (IsViolation(fewer, true)) {
        kept = std::move(fewer);
      } else {
        begin += chunk;
      }
    }
    return kept;
  }

  // Of the operations called by `until_ns_` those in `answered` keep their answers; the other
  // writes become ones of unknown outcome, `whenever`: called before everything.
  bool IsViolation(const KeyHistory& answered, bool whenever) {
    std::vector<Operation> copies;
    copies.reserve(originals_.size());
    KeyHistory trial;
    size_t next = 0;
    for (const Operation* operation : originals_) {
      if (next < answered.size() && answered[next] == operation) {
        trial.push_back(answered[next++]);
        continue;
      }
      if (operation->kind == Kind::kGet || operation->call_ns > until_ns_) continue;
      Operation& copy = copies.emplace_back(*operation);
      const bool answered_before = operation->outcome == Outcome::kOk;
      copy.outcome = Outcome::kUnknown;
      copy.result = {};
      if (whenever && answered_before) copy.call_ns = INT64_MIN;
      trial.push_back(&copy);
    }
    const SearchResult result =
        Linearize(trial, {std::min(kTrialStatesMax, budget_.states), budget_.bytes});
    states_ += result.states;
    return result.verdict == Verdict::kViolation;
  }

  const Budget budget_;
  KeyHistory originals_;  // Without the failed ones, by call.
  int64_t until_ns_ = kNever;
  uint64_t states_ = 0;
};

}  // namespace

KeyHistory SmallestViolation(const KeyHistory& operations, const Budget& budget) {
  return Shrinking(operations, budget).Run();
}

}  // namespace althing::check
