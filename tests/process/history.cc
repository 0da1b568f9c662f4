#include "tests/process/history.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

std::string ToString(const Operation& operation) {
  return absl::StrCat(operation.write ? "write" : "read", " of \"", operation.value, "\" version ",
                      operation.version, " in [", operation.begin_ns, ", ", operation.end_ns, "]");
}

// One key.
class Checker {
 public:
  explicit Checker(const std::vector<const Operation*>& operations) : operations_(operations) {}

  std::string Run() {
    for (const Operation* operation : operations_) {
      if (operation->write) Write(*operation);
    }
    for (const Operation* operation : operations_) {
      if (!operation->write && operation->ok) Read(*operation);
    }
    RealTime();
    return contradiction_;
  }

 private:
  void Write(const Operation& write) {
    written_.insert(write.value);
    if (!write.ok) return;
    if (write.version == 0) Note(write, "wrote nothing");
    if (!values_.emplace(write.version, write.value).second) {
      Note(write, "has a version that another write has");
    }
  }

  void Read(const Operation& read) {
    if (read.version == 0) {
      if (!read.value.empty()) Note(read, "found a value that was never written");
      return;
    }
    if (!written_.contains(read.value)) Note(read, "found a value that nobody wrote");
    // The write may be one whose own answer was lost.
    const auto known = values_.emplace(read.version, read.value).first;
    if (known->second != read.value) {
      Note(read, absl::StrCat("but this version is of \"", known->second, "\""));
    }
  }

  void RealTime() {
    std::vector<const Operation*> begun, ended;
    for (const Operation* operation : operations_) {
      if (operation->ok) begun.push_back(operation);
    }
    ended = begun;
    std::sort(begun.begin(), begun.end(),
              [](auto* a, auto* b) { return a->begin_ns < b->begin_ns; });
    std::sort(ended.begin(), ended.end(), [](auto* a, auto* b) { return a->end_ns < b->end_ns; });
    const Operation* newest = nullptr;  // Of those that ended before.
    size_t done = 0;
    for (const Operation* operation : begun) {
      for (; done < ended.size() && ended[done]->end_ns < operation->begin_ns; ++done) {
        if (newest == nullptr || ended[done]->version > newest->version) newest = ended[done];
      }
      if (newest == nullptr) continue;
      if (operation->version < newest->version + (operation->write ? 1 : 0)) {
        Note(*operation, absl::StrCat("came after the ", ToString(*newest)));
      }
    }
  }

  void Note(const Operation& operation, const std::string& words) {
    if (contradiction_.empty()) {
      contradiction_ =
          absl::StrCat("key \"", operation.key, "\": ", ToString(operation), " ", words);
    }
  }

  const std::vector<const Operation*>& operations_;
  std::set<std::string> written_;
  std::map<uint64_t, std::string> values_;  // By version.
  std::string contradiction_;
};

}  // namespace

std::string FindContradiction(const History& history) {
  std::map<std::string, std::vector<const Operation*>> keys;
  for (const Operation& operation : history) keys[operation.key].push_back(&operation);
  for (const auto& [key, operations] : keys) {
    std::string contradiction = Checker(operations).Run();
    if (!contradiction.empty()) return contradiction;
  }
  return "";
}

std::map<std::string, uint64_t> SuccessfulWrites(const History& history) {
  std::map<std::string, uint64_t> writes;
  for (const Operation& operation : history) {
    if (operation.write && operation.ok) ++writes[operation.key];
  }
  return writes;
}

uint64_t Failures(const History& history) {
  return static_cast<uint64_t>(
      std::count_if(history.begin(), history.end(), [](const Operation& o) { return !o.ok; }));
}

}  // namespace althing
