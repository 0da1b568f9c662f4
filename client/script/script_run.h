// Runs scripted accesses, in order.
#ifndef ALTHING_CLIENT_SCRIPT_SCRIPT_RUN_H_
#define ALTHING_CLIENT_SCRIPT_SCRIPT_RUN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "client/commands/kv_call.h"
#include "client/commands/options.h"
#include "client/outcome.h"
#include "client/script/script.h"

namespace althing {

// An access whose call has ended.
struct AccessEnd {
  const Access& access;
  size_t slot = 0;        // Its place among those under way together, from 0.
  bool together = false;  // There were others.
  const Outcome& outcome;
  int64_t call_ns = 0;  // Both on one monotonic clock.
  int64_t return_ns = 0;
};

struct ScriptRunOptions {
  CommonOptions common = {};  // Its replica is that of accesses that name none.
  uint64_t repeat = 1;        // The whole script, so often.
  std::function<bool()> interrupted = nullptr;
  std::function<void(const AccessEnd&)> ended = nullptr;  // In the order of the script.
};

// Invariant: accesses = answered + failed.
struct ScriptResult {
  uint64_t accesses = 0;
  uint64_t answered = 0;
  uint64_t failed = 0;
  int64_t duration_ns = 0;
  // The first failure, of an access or of an expectation. A failed access does not end the script,
  // unless something was expected of it.
  ExitCode code = kExitOk;
  std::string unmet = {};  // The expectation that was not met, which ended the script.
  bool interrupted = false;
};

// REQUIRES: the replicas that the script and the options name are among those of `clients`.
ScriptResult RunSteps(const Script& script, KvClients& clients, const ScriptRunOptions& options);

}  // namespace althing

#endif  // ALTHING_CLIENT_SCRIPT_SCRIPT_RUN_H_
