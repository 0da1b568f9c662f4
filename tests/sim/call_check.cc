#include "tests/sim/call_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"

namespace althing::sim {
namespace {

// A call's part in one key.
struct Access {
  const Call* call;
  const v1::Result* result;  // Null: unknown.
};
using Accesses = std::vector<Access>;

std::string Values(const std::string& key, const Accesses& accesses) {
  std::map<uint64_t, std::string> by_version;
  std::set<std::string> unknown;
  uint64_t last = 0;
  for (const Access& a : accesses) {
    if (!a.call->write) continue;
    if (a.result == nullptr) {
      unknown.insert(a.call->value);
    } else if (!by_version.emplace(a.result->version(), a.call->value).second) {
      return absl::StrCat(key, ": two writes of version ", a.result->version());
    }
  }
  for (const Access& a : accesses) {
    if (a.result == nullptr) continue;
    last = std::max(last, a.result->version());
    if (a.call->write) continue;
    const uint64_t version = a.result->version();
    const auto known = by_version.find(version);
    const bool right = version == 0                ? a.result->value().empty()
                       : known != by_version.end() ? a.result->value() == known->second
                                                   : unknown.contains(a.result->value());
    if (!right) return absl::StrCat(key, ": a read of version ", version, " has another value");
    // From now on it is known which write this version was.
    if (version != 0 && known == by_version.end()) {
      by_version.emplace(version, a.result->value());
      unknown.erase(a.result->value());
    }
  }
  if (last > by_version.size() + unknown.size()) {
    return absl::StrCat(key, ": version ", last, " with ", by_version.size(), " to ",
                        by_version.size() + unknown.size(), " writes");
  }
  return "";
}

std::string RealTime(const std::string& key, const Accesses& accesses) {
  for (const Access& a : accesses) {
    if (a.result == nullptr) continue;
    for (const Access& b : accesses) {
      if (b.result == nullptr || a.call->returned >= b.call->called) continue;
      const uint64_t least = a.result->version() + (b.call->write ? 1 : 0);
      if (b.result->version() < least) {
        return absl::StrCat(key, ": version ", b.result->version(), " after version ",
                            a.result->version(), " had been answered");
      }
    }
  }
  return "";
}

std::string Halves(const std::vector<Call>& calls) {
  for (const Call& write : calls) {
    if (!write.write || write.keys.size() != 2 || write.results.empty()) continue;
    for (const Call& read : calls) {
      if (read.write || read.keys != write.keys || read.results.empty()) continue;
      const bool first = read.results[0].version() >= write.results[0].version();
      const bool second = read.results[1].version() >= write.results[1].version();
      if (first != second) return absl::StrCat(write.value, ": a read saw one half of it");
    }
  }
  return "";
}

}  // namespace

std::string FindContradiction(const std::vector<Call>& calls) {
  std::map<std::string, Accesses> by_key;
  for (const Call& call : calls) {
    for (size_t i = 0; i < call.keys.size(); ++i) {
      by_key[call.keys[i]].push_back({&call, call.results.empty() ? nullptr : &call.results[i]});
    }
  }
  for (const auto& [key, accesses] : by_key) {
    for (const auto check : {Values, RealTime}) {
      if (std::string wrong = check(key, accesses); !wrong.empty()) return wrong;
    }
  }
  return Halves(calls);
}

}  // namespace althing::sim
