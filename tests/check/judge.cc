#include "tests/check/judge.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pb/json_text.h"
#include "tests/check/explain.h"
#include "tests/check/versions.h"

namespace althing::check {
namespace {

constexpr size_t kCulpritsShownMax = 40;

std::string WhyNoOrder(const KeyHistory& culprits) {
  if (culprits.size() == 1) return "nothing that the others did can have led to this answer";
  return absl::StrCat("there is no order of these ", culprits.size(),
                      " operations, each between its call and its return, in which one store "
                      "gives these answers, whatever the other operations answered");
}

KeyVerdict JudgeKey(const KeyHistory& operations, const Budget& budget) {
  KeyVerdict verdict{operations.front()->key, Verdict::kUndecided, "", {}};
  VersionResult versions = CheckVersions(operations);
  if (versions.verdict == Verdict::kViolation) {
    verdict.verdict = Verdict::kViolation;
    verdict.why = std::move(versions.why);
    verdict.culprits = std::move(versions.culprits);
    return verdict;
  }
  const SearchResult search = Linearize(operations, budget);
  verdict.verdict = search.verdict == Verdict::kUndecided ? versions.verdict : search.verdict;
  if (verdict.verdict == Verdict::kViolation) {
    verdict.culprits = SmallestViolation(operations, budget);
    verdict.why = WhyNoOrder(verdict.culprits);
  } else if (verdict.verdict == Verdict::kUndecided) {
    verdict.why = absl::StrCat(
        "no order and no contradiction was found in ", search.states, " steps over ",
        operations.size(),
        " operations: record versions, or use fewer clients or fewer operations for each key");
  }
  return verdict;
}

}  // namespace

std::vector<KeyHistory> SplitByKey(const History& history) {
  std::map<std::string, KeyHistory> keys;
  for (const Operation& operation : history) keys[operation.key].push_back(&operation);
  std::vector<KeyHistory> split;
  for (auto& [key, operations] : keys) split.push_back(std::move(operations));
  return split;
}

int64_t BeginNs(const History& history) {
  int64_t begin_ns = history.empty() ? 0 : kNever;
  for (const Operation& operation : history) begin_ns = std::min(begin_ns, operation.call_ns);
  return begin_ns;
}

Judgement Judge(const History& history, const Budget& budget) {
  Judgement judgement;
  for (const Operation& operation : history) {
    judgement.failed += operation.outcome == Outcome::kFailed ? 1 : 0;
    judgement.unknown += operation.outcome == Outcome::kUnknown ? 1 : 0;
  }
  for (const KeyHistory& operations : SplitByKey(history)) {
    ++judgement.keys;
    KeyVerdict verdict = JudgeKey(operations, budget);
    if (verdict.verdict == Verdict::kLinearizable) continue;
    std::stable_sort(verdict.culprits.begin(), verdict.culprits.end(),
                     [](auto* a, auto* b) { return a->call_ns < b->call_ns; });
    judgement.faults.push_back(std::move(verdict));
  }
  std::stable_partition(judgement.faults.begin(), judgement.faults.end(),
                        [](const auto& fault) { return fault.verdict == Verdict::kViolation; });
  if (!judgement.faults.empty()) judgement.verdict = judgement.faults.front().verdict;
  return judgement;
}

std::string InWords(const Judgement& judgement, const History& history) {
  std::string text = judgement.verdict == Verdict::kLinearizable ? "linearizable"
                     : judgement.verdict == Verdict::kViolation  ? "NOT LINEARIZABLE"
                                                                 : "undecided";
  absl::StrAppend(&text, ": ", history.size(), " operations on ", judgement.keys, " keys, ",
                  judgement.unknown, " of unknown outcome, ", judgement.failed, " failed\n");
  const int64_t begin_ns = BeginNs(history);
  for (const KeyVerdict& fault : judgement.faults) {
    absl::StrAppend(&text, "key ", QuoteForMessage(fault.key), ": ",
                    fault.verdict == Verdict::kViolation ? "violation: " : "undecided: ", fault.why,
                    "\n");
    const size_t shown = std::min(fault.culprits.size(), kCulpritsShownMax);
    for (size_t i = 0; i < shown; ++i) {
      absl::StrAppend(&text, "  ", Describe(*fault.culprits[i], begin_ns), "\n");
    }
    if (shown < fault.culprits.size()) {
      absl::StrAppend(&text, "  and ", fault.culprits.size() - shown, " more\n");
    }
  }
  return text;
}

}  // namespace althing::check
