#include "client/script/script_run.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace althing {
namespace {

constexpr auto kLookForInterruption = std::chrono::milliseconds(20);

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string Quoted(const std::optional<std::string>& value) {
  return value ? absl::StrCat("\"", absl::Utf8SafeCEscape(*value), "\"") : "no value";
}

// What an expectation misses; empty if it is met.
std::string Unmet(const Expectation& expectation, const Outcome& outcome) {
  if (!outcome.ok()) {
    return absl::StrCat(expectation.place, ": expected ", Quoted(expectation.value),
                        ", and there was no answer");
  }
  const std::optional<std::string> found =
      outcome.found() ? std::optional(outcome.value()) : std::nullopt;
  if (found == expectation.value) return "";
  return absl::StrCat(expectation.place, ": expected ", Quoted(expectation.value), ", found ",
                      Quoted(found));
}

class Runner {
 public:
  Runner(const Script& script, KvClients& clients, const ScriptRunOptions& options)
      : script_(script), clients_(clients), options_(options) {}

  ScriptResult Run() {
    const int64_t start_ns = NowNs();
    for (uint64_t i = 0; i < options_.repeat && !Ended(); ++i) RunOnce();
    result_.duration_ns = NowNs() - start_ns;
    return std::move(result_);
  }

 private:
  struct Answer {
    Outcome outcome;
    int64_t return_ns = 0;
  };
  struct Call {
    const Access* access;
    int64_t call_ns;
    std::future<Answer> answer;
  };

  bool Ended() const { return result_.interrupted || !result_.unmet.empty(); }
  bool Interrupted() {
    if (options_.interrupted && options_.interrupted()) result_.interrupted = true;
    return result_.interrupted;
  }

  void RunOnce() {
    uint64_t left = script_.count.value_or(UINT64_MAX);
    do {
      for (const Step& step : script_.steps) {
        if (left == 0 || Ended() || Interrupted()) return;
        if (step.accesses.empty()) {
          Pause(step.pause);
        } else {
          Make(step.accesses);
          --left;  // A script with a count has one access in each step.
        }
      }
    } while (script_.count);
  }

  void Pause(absl::Duration pause) {
    const auto end = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(pause);
    while (std::chrono::steady_clock::now() < end && !Interrupted()) {
      std::this_thread::sleep_until(
          std::min(end, std::chrono::steady_clock::now() + kLookForInterruption));
    }
  }

  // All at once, and waits for all.
  void Make(const std::vector<Access>& accesses) {
    std::vector<Client*> clients;  // Made before: what begins together begins without delay.
    for (const Access& access : accesses) {
      CommonOptions common = options_.common;
      if (access.replica) common.replica = access.replica;
      clients.push_back(*clients_.Get(common));
    }
    std::vector<Call> calls;
    for (size_t i = 0; i < accesses.size(); ++i) calls.push_back(Begin(*clients[i], accesses[i]));
    for (size_t i = 0; i < calls.size(); ++i) {
      while (calls[i].answer.wait_for(kLookForInterruption) != std::future_status::ready) {
        if (Interrupted()) clients_.CancelCalls();
      }
      Finish(calls[i], i, calls.size() > 1);
    }
  }

  Call Begin(Client& client, const Access& access) {
    // Shared: the library's thread may still be in set_value when this one has its answer.
    const auto promise = std::make_shared<std::promise<Answer>>();
    Call call = {&access, NowNs(), promise->get_future()};
    client.Transact(
        {access.command},
        [promise](const Outcome& outcome) {
          promise->set_value({outcome, NowNs()});
        },
        options_.common.timeout);
    return call;
  }

  void Finish(Call& call, size_t slot, bool together) {
    const Answer answer = call.answer.get();
    ++result_.accesses;
    ++(answer.outcome.ok() ? result_.answered : result_.failed);
    if (options_.ended) {
      options_.ended(
          {*call.access, slot, together, answer.outcome, call.call_ns, answer.return_ns});
    }
    ExitCode code = ExitCodeOf(CallOutcomeOf(answer.outcome));
    if (call.access->expect && result_.unmet.empty()) {
      result_.unmet = Unmet(*call.access->expect, answer.outcome);
      if (code == kExitOk && !result_.unmet.empty()) code = kExitNo;
    }
    if (result_.code == kExitOk) result_.code = code;
  }

  const Script& script_;
  KvClients& clients_;
  const ScriptRunOptions& options_;
  ScriptResult result_;
};

}  // namespace

ScriptResult RunSteps(const Script& script, KvClients& clients, const ScriptRunOptions& options) {
  return Runner(script, clients, options).Run();
}

}  // namespace althing
