// Everything that a simulated run draws from its seed: the cluster, its limits, its clients, and
// what befalls them.
#ifndef ALTHING_TESTS_SIM_PLAN_H_
#define ALTHING_TESTS_SIM_PLAN_H_

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pb/peer.pb.h"
#include "replica/core/ids.h"
#include "replica/core/random.h"

namespace althing::sim {

inline constexpr int64_t kMs = 1'000'000;  // In nanoseconds.

// Independent streams of randomness, so that a run without one kind of fault is otherwise alike.
enum class Stream : uint64_t {
  kPlan = 1,
  kFaults,
  kLosses,
  kDelays,
  kCopies,
  kDisks,
  kClients,
  kAmbush,
  kChecks,
  kRestarts,
  kTornTails,
  kFlushOrder,
  kCollection,
  kCheckpoints
};
Random StreamOf(uint64_t seed, Stream stream, uint64_t which = 0);
// True in so many of a thousand cases.
bool Chance(Random& random, uint32_t permille);
// low .. high.
int64_t Between(Random& random, int64_t low, int64_t high);

// Something that begins and ends.
struct Fault {
  enum class Kind { kCut, kClog, kPause, kLie, kSlowDisk };
  using Links = std::array<MemberSet, kMembersMax>;  // By sender: to whom.
  Kind kind = Kind::kCut;
  int64_t from_ns = 0, until_ns = 0;
  // kCut: messages are lost. kClog: they arrive when it is over. kLie: the sender is told that it
  // does not reach the other, though it does.
  Links links = {};
  MemberSet members = {};  // kPause, kSlowDisk.
  std::string name = {};   // "ring", for people.
};

// From `at_ns` on so many messages of the member still leave, maybe some of a turn's: then it is
// down.
struct Crash {
  int64_t at_ns = 0;
  MemberIndex member;
  uint64_t sends_kept = 0;
  // It starts again after so long, with what its disk has kept; absent: it is gone for ever, and
  // its disk too.
  std::optional<int64_t> back_after_ns = std::nullopt;
  bool in_order = false;  // It is stopped, and loses nothing.
};

struct Plan {
  uint64_t seed = 0;

  // The cluster and its limits.
  int n = 5;
  uint32_t partitions = 1;
  bool thrifty = true;
  std::string scheduler = "fifo";
  uint32_t turn_messages_max = 1000;
  uint32_t batch_commands_max = 1000;
  uint32_t batch_bytes_max = 256 * 1024;
  uint32_t window = 64;
  uint32_t waiting_max = 20000;          // Proposals in no instance yet.
  uint32_t client_messages_max = 20000;  // In the channel, of each partition.
  uint32_t peer_messages_max = 20000;
  std::vector<int64_t> tick_ns;  // By member: their clocks do not agree.
  uint64_t fast_path_ticks = 2;
  uint64_t resend_ticks = 10;
  uint64_t resend_ticks_max = 200;
  uint64_t catch_up_ticks = 5;
  uint64_t recover_ticks = 30;
  uint64_t collect_ticks = 20;
  uint64_t session_ticks = 100'000;
  uint64_t session_answers_max = 10'000;

  // Network and disks, as long as there are faults.
  uint32_t loss_permille = 0;
  uint32_t double_permille = 0;
  uint32_t straggler_permille = 0;  // Messages that take a hundred times as long.
  int64_t delay_min_ns = 0, delay_max_ns = 0;
  pb::Envelope::MessageCase slow_kind = pb::Envelope::MESSAGE_NOT_SET;
  int64_t slow_kind_ns = 0;  // Messages of this kind come so much later.
  bool fifo = false;         // What was sent first on a link arrives first.
  int64_t heartbeat_ns = 0;  // 0: replicas do not watch each other.
  int64_t suspect_ns = 0;
  int64_t detect_ns = 0;  // Until a replica hears that it does not reach another.
  int64_t flush_min_ns = 0, flush_max_ns = 0;
  bool flushes_in_sequence = false;
  // As Checkpointer::Options have them.
  uint64_t checkpoint_bytes = 0;
  uint64_t checkpoint_percent = 100;
  size_t checkpoint_entries = 1000;
  bool restartable = true;    // Else the disks keep nothing, and who crashes is gone.
  std::vector<Fault> faults;  // By from_ns.
  std::vector<Crash> crashes;

  // Clients.
  uint32_t clients = 4;
  uint32_t commands = 300;  // Calls of all clients together.
  uint32_t hot_keys = 2;    // Of each partition; half of all accesses go there.
  uint32_t cold_keys = 20;
  uint32_t read_permille = 300;
  uint32_t multi_permille = 100;
  uint32_t conditional_permille = 100;
  uint32_t sessions_permille = 800;  // Of the clients.
  uint32_t hedge_permille = 50;      // Calls that go to two replicas at once.
  uint32_t answer_loss_permille = 0;
  int64_t timeout_ns = 0;
  int64_t think_ns = 0;

  // The end: from then on these are well and connected for ever, all others dead or cut off.
  int64_t heal_ns = 0;
  MemberSet core;

  // Losses that happen, by number; absent: all of them.
  std::optional<std::set<uint64_t>> losses_kept;
};

// What may be taken out of a plan, for the search of a small one that still fails.
struct PlanEdit {
  // Names of kFaultNames.
  std::set<std::string> without = {};
  std::optional<uint32_t> clients = std::nullopt, commands = std::nullopt;
  std::optional<std::set<uint64_t>> faults_kept = std::nullopt;   // Places in Plan::faults.
  std::optional<std::set<uint64_t>> crashes_kept = std::nullopt;  // Places in Plan::crashes.
  std::optional<std::set<uint64_t>> losses_kept = std::nullopt;
  bool operator==(const PlanEdit&) const = default;
};
inline constexpr const char* kFaultNames[] = {
    "loss",       "copies",  "stragglers", "cuts",         "clogs",  "pauses", "lies",
    "slow-disks", "crashes", "restarts",   "lost-answers", "hedges", "limits"};

// `commands`: as many calls, over the same time: the pause between a client's calls follows from
// it, and no other field.
Plan DrawPlan(uint64_t seed, uint32_t commands);
void Apply(const PlanEdit& edit, Plan& plan);

// Several lines for people.
std::string Describe(const Plan& plan);
std::string Describe(const Fault& fault, int n);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_PLAN_H_
