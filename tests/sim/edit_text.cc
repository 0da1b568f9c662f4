#include "tests/sim/edit_text.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace althing::sim {
namespace {

using Numbers = std::optional<std::set<uint64_t>>;

absl::StatusOr<Numbers> ParseNumbers(const char* flag, const std::string& text) {
  if (text.empty()) return Numbers();
  std::set<uint64_t> numbers;
  if (text == "-") return Numbers(numbers);
  for (const auto& word : absl::StrSplit(text, ',')) {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(word, &number)) {
      return absl::InvalidArgumentError(
          absl::StrCat(flag, " ", text, ": write numbers with commas between them, or -"));
    }
    numbers.insert(number);
  }
  return Numbers(numbers);
}

void AppendNumbers(const char* flag, const Numbers& numbers, std::string* out) {
  if (!numbers) return;
  absl::StrAppend(out, " ", flag, " ", numbers->empty() ? "-" : absl::StrJoin(*numbers, ","));
}

}  // namespace

std::string FaultNames() { return absl::StrJoin(kFaultNames, ", "); }

absl::StatusOr<PlanEdit> Parse(const EditText& text) {
  PlanEdit edit;
  for (const auto& word : absl::StrSplit(text.without, ',', absl::SkipEmpty())) {
    const bool known = std::any_of(std::begin(kFaultNames), std::end(kFaultNames),
                                   [&](const char* name) { return word == name; });
    if (!known) {
      return absl::InvalidArgumentError(
          absl::StrCat("--without ", word, ": there is no such kind; use some of: ", FaultNames()));
    }
    edit.without.insert(std::string(word));
  }
  edit.clients = text.clients;
  const absl::StatusOr<Numbers> faults = ParseNumbers("--faults", text.faults);
  const absl::StatusOr<Numbers> crashes = ParseNumbers("--crashes", text.crashes);
  const absl::StatusOr<Numbers> losses = ParseNumbers("--losses", text.losses);
  for (const auto* numbers : {&faults, &crashes, &losses}) {
    if (!numbers->ok()) return numbers->status();
  }
  edit.faults_kept = *faults;
  edit.crashes_kept = *crashes;
  edit.losses_kept = *losses;
  return edit;
}

std::string ToFlags(const PlanEdit& edit) {
  std::string flags;
  if (!edit.without.empty()) {
    absl::StrAppend(&flags, " --without ", absl::StrJoin(edit.without, ","));
  }
  if (edit.commands) absl::StrAppend(&flags, " --commands ", *edit.commands);
  if (edit.clients) absl::StrAppend(&flags, " --clients ", *edit.clients);
  AppendNumbers("--faults", edit.faults_kept, &flags);
  AppendNumbers("--crashes", edit.crashes_kept, &flags);
  AppendNumbers("--losses", edit.losses_kept, &flags);
  return flags;
}

}  // namespace althing::sim
