#include "tests/check/versions.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pb/json_text.h"

namespace althing::check {
namespace {

// What is known of the key's content at one version, and from whose answer.
struct Content {
  std::optional<bool> present;
  std::optional<std::string> value;
  const Operation* source = nullptr;  // Null: the key's beginning.
};

uint64_t VersionOf(const Operation* operation) { return *operation->result.version; }

std::string InWords(const Content& content) {
  if (!content.present.value_or(true)) return "no value";
  return content.value ? QuoteForMessage(*content.value) : "some value";
}

class Check {
 public:
  explicit Check(const KeyHistory& operations) {
    for (const Operation* operation : operations) {
      if (operation->outcome == Outcome::kFailed) continue;
      const bool get = operation->kind == Kind::kGet;
      if (!get) complete_ &= operation->kind != Kind::kAppend && !operation->expect_value;
      if (operation->outcome == Outcome::kUnknown) {
        if (!get) unknown_.push_back(operation);
        complete_ &= operation->expect_version != 0;
      } else if (operation->result.version) {
        ordered_.push_back(operation);
      } else {
        complete_ = false;
        if (Writes(*operation)) unknown_.push_back(operation);  // Of unknown version.
      }
    }
    std::stable_sort(unknown_.begin(), unknown_.end(),
                     [](auto* a, auto* b) { return a->call_ns < b->call_ns; });
    std::stable_sort(ordered_.begin(), ordered_.end(), [](auto* a, auto* b) {
      return std::pair(VersionOf(a), !Writes(*a)) < std::pair(VersionOf(b), !Writes(*b));
    });
  }

  VersionResult Run() {
    contents_[0] = {false, std::nullopt, nullptr};
    for (const Operation* operation : ordered_) {
      if (!Violated()) Writes(*operation) ? Write(*operation) : Read(*operation);
    }
    if (!Violated()) RealTime();
    if (!Violated()) Gaps();
    if (!Violated() && complete_) result_.verdict = Verdict::kLinearizable;
    return std::move(result_);
  }

 private:
  bool Violated() const { return result_.verdict == Verdict::kViolation; }

  void Blame(KeyHistory culprits, std::string why) {
    if (Violated()) return;
    culprits.erase(std::remove(culprits.begin(), culprits.end(), nullptr), culprits.end());
    result_ = {Verdict::kViolation, std::move(why), std::move(culprits)};
  }

  // `operation` shows the content at a version.
  void Learn(uint64_t version, Content shown, const Operation& operation) {
    shown.source = &operation;
    Content& known = contents_[version];
    const bool differs = (known.present && shown.present && *known.present != *shown.present) ||
                         (known.value && shown.value && *known.value != *shown.value);
    if (differs) {
      return Blame({known.source, &operation},
                   absl::StrCat("one answer shows that version ", version, " of the key has ",
                                InWords(shown), ", but ",
                                known.source == nullptr ? "a key that was never written has "
                                                        : "the other shows that it has ",
                                InWords(known)));
    }
    if (known.source == nullptr && version == 0) return;
    if (known.source == nullptr || (shown.value && !known.value)) known = std::move(shown);
  }

  void Write(const Operation& write) {
    const uint64_t version = VersionOf(&write);
    if (version == 0) return Blame({&write}, "it wrote, and still the version is 0");
    const auto [other, is_first] = writers_.emplace(version, &write);
    if (!is_first) {
      return Blame({other->second, &write},
                   absl::StrCat("two writes were both given version ", version));
    }
    if (write.expect_version == 0) Learn(version - 1, {false, {}, nullptr}, write);
    if (write.expect_version > 0 && *write.expect_version + 1 != version) {
      return Blame({&write}, absl::StrCat("it was applied although version ", version - 1,
                                          " was not what it expected"));
    }
    if (write.result.found) Learn(version - 1, {*write.result.found, {}, nullptr}, write);
    if (write.expect_value) Learn(version - 1, {true, *write.expect_value, nullptr}, write);
    if (write.kind == Kind::kDelete) return Learn(version, {false, {}, nullptr}, write);
    if (write.kind != Kind::kAppend) return Learn(version, {true, write.value, nullptr}, write);
    const Content before = contents_[version - 1];
    Content after{true, {}, nullptr};
    if (before.value || !before.present.value_or(true)) {
      after.value = absl::StrCat(before.value.value_or(""), write.value);
    }
    Learn(version, std::move(after), write);
  }

  void Read(const Operation& read) {
    const uint64_t version = VersionOf(&read);
    if (read.result.found) Learn(version, {*read.result.found, read.result.value, nullptr}, read);
    if (read.result.value) Learn(version, {true, *read.result.value, nullptr}, read);
    if (!IsConditional(read)) return;
    if (read.expect_version == 0) return Learn(version, {true, {}, nullptr}, read);
    const Content& content = contents_[version];
    const bool held = read.expect_version ? *read.expect_version == version
                                          : content.value && *content.value == *read.expect_value;
    if (held) {
      Blame({read.expect_version ? nullptr : content.source, &read},
            absl::StrCat("it was not applied although version ", version, " is what it expected"));
    }
  }

  void RealTime() {
    KeyHistory called = ordered_, returned = ordered_;
    std::sort(called.begin(), called.end(),
              [](auto* a, auto* b) { return a->call_ns < b->call_ns; });
    std::sort(returned.begin(), returned.end(),
              [](auto* a, auto* b) { return a->return_ns < b->return_ns; });
    const Operation* newest = nullptr;  // Of those that returned before.
    size_t done = 0;
    for (const Operation* operation : called) {
      for (; done < returned.size() && returned[done]->return_ns < operation->call_ns; ++done) {
        if (newest == nullptr || VersionOf(returned[done]) > VersionOf(newest)) {
          newest = returned[done];
        }
      }
      if (newest == nullptr ||
          VersionOf(operation) >= VersionOf(newest) + (Writes(*operation) ? 1 : 0)) {
        continue;
      }
      return Blame({newest, operation},
                   absl::StrCat("version ", VersionOf(newest), " had been answered before the ",
                                Writes(*operation) ? "write" : "read", " of version ",
                                VersionOf(operation), " was called, so that one came too late"));
    }
  }

  // A version that no answered write has: some write of unknown outcome must have made it.
  struct Gap {
    uint64_t version;
    const Operation* deadline;  // Of the answers with this version or a later one the first.
    Content content;
  };

  void Gaps() {
    if (ordered_.empty()) return;
    const uint64_t last = VersionOf(ordered_.back());
    if (last > writers_.size() + unknown_.size()) {
      return Blame({ordered_.back()},
                   absl::StrCat("it tells of ", last, " writes, but only ",
                                writers_.size() + unknown_.size(),
                                " can have been executed; one of them took effect twice, or a "
                                "version was left out"));
    }
    std::vector<Gap> gaps;
    const Operation* deadline = nullptr;
    auto next = ordered_.rbegin();
    for (uint64_t version = last; version > 0; --version) {
      for (; next != ordered_.rend() && VersionOf(*next) >= version; ++next) {
        if (deadline == nullptr || (*next)->return_ns < deadline->return_ns) deadline = *next;
      }
      if (!writers_.contains(version)) gaps.push_back({version, deadline, contents_[version]});
    }
    std::reverse(gaps.begin(), gaps.end());
    taken_.resize(unknown_.size());
    // The most particular first: each takes the latest that fits, which leaves the early ones, that
    // fit more, to the others. Deadlines grow with the versions, so going upwards loses nothing.
    for (const int wanted : {2, 1, 0}) {
      for (const Gap& gap : gaps) {
        const int particular = gap.content.value ? 2 : gap.content.present ? 1 : 0;
        if (particular == wanted && !Violated()) Fill(gap);
      }
    }
  }

  void Fill(const Gap& gap) {
    std::optional<size_t> best;
    bool in_time = false;  // Whether there is any at all that could have written this content.
    for (size_t i = 0; i < unknown_.size(); ++i) {
      const Operation& write = *unknown_[i];
      if (write.call_ns > gap.deadline->return_ns) break;
      if (!Fits(write, gap)) continue;
      in_time = true;
      // One that expects a version can go nowhere else.
      if (!taken_[i] && (!best || !unknown_[*best]->expect_version || write.expect_version))
        best = i;
    }
    if (best) {
      taken_[*best] = true;
    } else if (complete_ || !in_time) {
      BlameGap(gap, in_time);
    }
  }

  bool Fits(const Operation& write, const Gap& gap) const {
    if (write.expect_version > 0 && *write.expect_version + 1 != gap.version) return false;
    const bool writes_value = write.kind != Kind::kDelete;
    if (gap.content.present && *gap.content.present != writes_value) return false;
    if (!gap.content.value) return true;
    if (write.kind == Kind::kAppend) {
      const std::string& value = *gap.content.value;
      return value.size() >= write.value.size() &&
             value.compare(value.size() - write.value.size(), write.value.size(), write.value) == 0;
    }
    return write.value == *gap.content.value;
  }

  void BlameGap(const Gap& gap, bool taken) {
    const Operation* shown = gap.content.source;
    const std::string writers = taken ? "every write that could have made it has another version"
                                      : "no write that was called in time can have made it";
    if (gap.content.present) {
      return Blame({shown, shown == gap.deadline || !taken ? nullptr : gap.deadline},
                   absl::StrCat("it shows that version ", gap.version, " of the key has ",
                                InWords(gap.content), ", but ", writers));
    }
    Blame({gap.deadline},
          absl::StrCat("it shows that the key had version ", gap.version, " before, but ", writers,
                       "; perhaps one of them took effect twice"));
  }

  bool complete_ = true;
  KeyHistory ordered_;  // Answered with a version, in the order that versions tell.
  KeyHistory unknown_;  // Writes that may have any version, by call.
  std::vector<bool> taken_;
  std::map<uint64_t, const Operation*> writers_;
  std::map<uint64_t, Content> contents_;
  VersionResult result_;
};

}  // namespace

VersionResult CheckVersions(const KeyHistory& operations) { return Check(operations).Run(); }

}  // namespace althing::check
