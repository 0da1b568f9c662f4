// The simulated disk of one replica: a log whose flushes take time, and that outlives the replica.
#ifndef ALTHING_TESTS_SIM_DISK_H_
#define ALTHING_TESTS_SIM_DISK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pb/checkpoint.pb.h"
#include "replica/storage/log.h"
#include "tests/sim/plan.h"

namespace althing::sim {

// One flush at a time; those that are asked for meanwhile become the next one together. A crash
// keeps what a flush has covered and, as disks do, maybe some of what came next: a record that is
// only half there counts as one that is not. A checkpoint becomes the current one when a flush
// ends, also one that was under way and does not cover all records, or in a crash, maybe.
class Disk : public Log {
 public:
  struct World {
    std::function<int64_t()> now_ns;
    // Disk::Complete is to be called at that time.
    std::function<void(int64_t at_ns)> complete_at;
    // In the order of the log.
    std::function<void(const pb::Record&)> on_durable;
    // That of Disk::checkpoint() counts from now on.
    std::function<void()> on_checkpoint = [] {};
  };
  // The plan is borrowed.
  Disk(const Plan& plan, MemberIndex member, World world);

  uint64_t Append(const pb::Record& record) override;
  void Flush() override;
  // Takes no time: a simulated replica starts and stops between two events.
  void FlushNow() override;
  uint64_t durable() const override { return durable_; }
  std::string_view durability() const override { return "simulated"; }
  Checkpoints checkpoints() const override;
  void AddPiece(uint64_t number, std::string piece) override;
  void MakeCurrent(uint64_t number, uint64_t log_from) override;

  // The flush under way has ended. Not to be called for one that a crash has cut off.
  void Complete();
  // The replica is cut short. Returns how many records are lost; all others are durable.
  uint64_t Crash();
  // The pieces of the checkpoint that counts; empty: there is none.
  const std::vector<pb::CheckpointPiece>& checkpoint() const { return current_.pieces; }
  // Records that a checkpoint made superfluous.
  uint64_t records_cut() const { return records_cut_; }
  // What is durable and kept, in the order of the log.
  const std::vector<pb::Record>& records() const { return records_; }
  // From now on flushes take so many times as long.
  void SetSlowness(int64_t factor) { slowness_ = factor; }
  // No faults any more: flushes are quick.
  void Heal() { healed_ = true; }
  uint64_t flushes() const { return flushes_; }

 private:
  struct Checkpoint {
    uint64_t number = 0, log_from = 0, bytes = 0;
    std::vector<pb::CheckpointPiece> pieces = {};
  };

  void Start();
  // The checkpoint that waits counts from now on.
  void Switch();
  // Everything up to this place is durable from now on.
  void MakeDurable(uint64_t place);
  int64_t DrawDuration();

  const Plan& plan_;
  const World world_;
  Random random_;
  Random crash_random_;
  std::vector<pb::Record> records_;
  std::vector<pb::Record> not_durable_;  // Behind those.
  Checkpoint writing_, current_;
  std::optional<Checkpoint> waiting_;         // To become the current one.
  bool flush_switches_ = false;               // The flush under way does that too.
  std::map<uint64_t, uint64_t> begun_bytes_;  // By checkpoint: appended before its record.
  uint64_t last_begun_ = 0;
  uint64_t appended_bytes_ = 0, durable_bytes_ = 0, bytes_before_current_ = 0;
  uint64_t records_cut_ = 0, cut_bytes_ = 0;
  bool under_way_ = false;
  uint64_t flush_end_ = 0;  // How far the flush under way goes.
  uint64_t wanted_ = 0;     // How far one was asked for.
  uint64_t appended_ = 0;
  uint64_t durable_ = 0;
  int64_t slowness_ = 1;
  bool healed_ = false;
  uint64_t flushes_ = 0;
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_DISK_H_
