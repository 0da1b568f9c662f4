#include "tests/tidy/include_rules.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace althing::tidy {
namespace {

struct Include {
  std::string target;
  int line;
};

std::vector<Include> IncludesOf(const Source& source) {
  std::vector<Include> includes;
  if (!IsCpp(source.path)) return includes;
  const std::vector<std::string> code = absl::StrSplit(TakeApart(source.text).code, '\n');
  const std::vector<std::string> lines = absl::StrSplit(source.text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!absl::StartsWith(code[i], "#include ")) continue;
    const size_t open = lines[i].find_first_of("\"<");
    const size_t close = lines[i].find_first_of("\">", open + 1);
    if (open == std::string::npos || close == std::string::npos) continue;
    includes.push_back({lines[i].substr(open + 1, close - open - 1), static_cast<int>(i) + 1});
  }
  return includes;
}

// Ranks of the dependency rule, lowest first.
enum class Rank { kPb, kCore, kStorage, kRuntime, kNet, kMain };

std::optional<Rank> RankOf(absl::string_view path) {
  if (absl::StartsWith(path, "pb/")) return Rank::kPb;
  if (absl::StartsWith(path, "replica/core/")) return Rank::kCore;
  if (absl::StartsWith(path, "replica/storage/")) return Rank::kStorage;
  if (absl::StartsWith(path, "replica/runtime/")) return Rank::kRuntime;
  if (absl::StartsWith(path, "replica/net/")) return Rank::kNet;
  if (absl::StartsWith(path, "replica/")) return Rank::kMain;
  return std::nullopt;
}

// Files and includes: the library's public header is found as its users find it.
bool IsClient(absl::string_view path) {
  return absl::StartsWith(path, "client/") || absl::StartsWith(path, "althing/");
}
bool IsTest(absl::string_view path) { return absl::StartsWith(path, "tests/"); }

// "epaxos" for replica/core/epaxos/window.h; empty for what lies in core/ itself.
absl::string_view ProtocolOf(absl::string_view path) {
  if (!absl::ConsumePrefix(&path, "replica/core/")) return "";
  const size_t slash = path.find('/');
  return slash == absl::string_view::npos ? absl::string_view() : path.substr(0, slash);
}

bool IsGrpc(absl::string_view target) {
  return absl::StartsWith(target, "grpc") || absl::EndsWith(target, ".grpc.pb.h");
}

bool IsAllowedInCore(absl::string_view path, absl::string_view target) {
  static constexpr absl::string_view kImpure[] = {
      "atomic",  "chrono", "condition_variable", "csignal", "ctime",        "filesystem",
      "fstream", "future", "iostream",           "istream", "latch",        "mutex",
      "ostream", "random", "semaphore",          "barrier", "shared_mutex", "stop_token",
      "thread",  "time.h"};
  static constexpr absl::string_view kImpureParts[] = {"absl/random/", "absl/synchronization/",
                                                       "absl/time/", "absl/flags/"};
  if (target == "cstdio" || target == "cstdlib") return path == "replica/core/check.h";
  if (std::find(std::begin(kImpure), std::end(kImpure), target) != std::end(kImpure)) return false;
  for (const absl::string_view part : kImpureParts) {
    if (absl::StartsWith(target, part)) return false;
  }
  if (target == "pb/key_partition.h") return true;  // Shared with clients, and pure.
  if (absl::StartsWith(target, "pb/")) return absl::EndsWith(target, ".pb.h") && !IsGrpc(target);
  const bool standard = target.find_first_of("/.") == absl::string_view::npos;
  return standard || target == "xxhash.h" || absl::StartsWith(target, "absl/") ||
         absl::StartsWith(target, "google/protobuf/") || absl::StartsWith(target, "replica/core/");
}

}  // namespace

std::vector<Finding> CheckFolderOrder(const Source& source) {
  std::vector<Finding> findings;
  if (IsTest(source.path)) return findings;
  const std::optional<Rank> own = RankOf(source.path);
  for (const auto& [target, line] : IncludesOf(source)) {
    const std::optional<Rank> rank = RankOf(target);
    const bool downwards = IsClient(source.path)
                               ? IsClient(target) || rank == Rank::kPb
                               : !IsClient(target) && (!rank || !own || *rank <= *own);
    const bool foreign = !rank && !IsClient(target) && !IsTest(target);
    if (!foreign && (!downwards || IsTest(target))) {
      findings.push_back({source.path, line,
                          absl::StrCat("may not include ", target,
                                       ": the order is main > net > runtime > storage > core > pb, "
                                       "client > pb; move what is needed down, or pass it in")});
    }
    const absl::string_view mine = ProtocolOf(source.path);
    const absl::string_view theirs = ProtocolOf(target);
    if (!mine.empty() && !theirs.empty() && mine != theirs) {
      findings.push_back({source.path, line,
                          absl::StrCat("protocol ", mine, " includes protocol ", theirs,
                                       "; move what both need up to replica/core/")});
    }
  }
  return findings;
}

std::vector<Finding> CheckLibraries(const Source& source) {
  std::vector<Finding> findings;
  if (IsTest(source.path)) return findings;
  const bool may_grpc = IsClient(source.path) || RankOf(source.path) == Rank::kNet;
  const bool may_log = absl::StartsWith(source.path, "replica/runtime/log_line.");
  for (const auto& [target, line] : IncludesOf(source)) {
    if (IsGrpc(target) && !may_grpc) {
      findings.push_back({source.path, line,
                          absl::StrCat(target,
                                       ": gRPC lives in replica/net/ and client/ alone; "
                                       "put a door into net/ that hides it")});
    }
    if (absl::StartsWith(target, "spdlog") && !may_log) {
      findings.push_back(
          {source.path, line,
           absl::StrCat(target,
                        ": only replica/runtime/log_line writes to the log; call it, or "
                        "return a status or an event instead")});
    }
  }
  return findings;
}

std::vector<Finding> CheckPublicHeaders(const Source& source) {
  std::vector<Finding> findings;
  if (!absl::StartsWith(source.path, "client/api/")) return findings;
  for (const auto& [target, line] : IncludesOf(source)) {
    const bool standard = target.find_first_of("/.") == absl::string_view::npos;
    const bool common = absl::StartsWith(target, "absl/status/") ||
                        absl::StartsWith(target, "absl/time/") ||
                        absl::StartsWith(target, "absl/strings/");
    if (standard || common) continue;
    findings.push_back({source.path, line,
                        absl::StrCat(target,
                                     ": what users of the library include needs the standard "
                                     "library and Abseil's status, time and strings alone; hide "
                                     "it behind the implementation")});
  }
  return findings;
}

std::vector<Finding> CheckCoreIsPure(const Source& source) {
  std::vector<Finding> findings;
  if (RankOf(source.path) != Rank::kCore) return findings;
  for (const auto& [target, line] : IncludesOf(source)) {
    if (IsAllowedInCore(source.path, target)) continue;
    findings.push_back({source.path, line,
                        absl::StrCat("core/ may not include ", target,
                                     ": it maps inputs to outputs; what needs threads, time, "
                                     "chance or I/O belongs to runtime/")});
  }
  return findings;
}

std::vector<Finding> CheckMutexes(const Source& source) {
  std::vector<Finding> findings;
  const absl::string_view path = source.path;
  if (!IsCpp(path) || IsTest(path) || absl::StartsWith(path, "replica/net/") ||
      absl::StartsWith(path, "replica/runtime/channel.") || path == "replica/runtime/mutex.h" ||
      absl::StartsWith(path, "replica/storage/log_thread.") || path == "client/library/inbox.h") {
    return findings;
  }
  const std::string code = TakeApart(source.text).code;
  for (const absl::string_view word :
       {"mutex", "Mutex", "MutexLock", "shared_mutex", "recursive_mutex", "lock_guard",
        "unique_lock", "scoped_lock", "condition_variable", "CondVar"}) {
    ForEachWord(code, word, [&](size_t at) {
      findings.push_back(
          {source.path, LineOf(code, at),
           absl::StrCat(word,
                        ": mutexes live in runtime/channel, storage/log_thread, net/ "
                        "and client/library/inbox only; send a message")});
    });
  }
  return findings;
}

}  // namespace althing::tidy
