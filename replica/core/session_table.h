// The sessions of one partition: what makes a repeated request take effect once. Source:
// docs/protocol.md, 5.4.
#ifndef ALTHING_REPLICA_CORE_SESSION_TABLE_H_
#define ALTHING_REPLICA_CORE_SESSION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "replica/core/protocol.h"

namespace althing {

// State of the state machine: which sessions are open and what their requests were answered follows
// from the executed instances alone, so it is the same at all replicas. When a session was last
// seen is each replica's own, and only leads to a proposal to close it.
//
// Guarantees:
//  1. A request that writes takes effect at most once in its session, and each execution of it
//     gets the first answer, until the session is trimmed behind it or closed.
//  2. Nothing is executed in a session that is not open.
// It relies on the order of the instances: two requests with one session, number and first written
// key conflict on that key, and what opens, trims or closes a session conflicts with all of its
// requests, so every replica meets them in the same order. (Two requests under one number that
// write different keys are an error of the client: then both take effect, everywhere.)
class SessionTable {
 public:
  struct Options {
    MemberIndex self;
    int members = 1;
    uint64_t lease_ticks = 6000;
    uint64_t hash_seed = 0;
    size_t sessions_max = 100'000;  // Open ones; looked at by Admit only.
    size_t answers_max = 10'000;    // Kept in one session; looked at by Admit only.
  };
  // Where a request executes.
  struct Place {
    LogicalTime now;
    InstanceId instance;
    uint32_t position = 0;  // Of the request in it.
  };
  struct Counts {
    uint64_t repeated = 0, opened = 0, closed = 0, expired = 0;
  };

  explicit SessionTable(const Options& options) : options_(options), idle_(members()) {}
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // Runs the request's commands on the store, or finds their answer, or does its act. `reply` is
  // empty before; it gets no partition or replica. Errors: the store's; FAILED_PRECONDITION if the
  // session is not open or the number was trimmed. An error means that nothing has changed.
  absl::Status Execute(const Place& place, const RequestView& request, StateMachine& store,
                       pb::ProposeReply& reply);

  // Whether the request may be proposed: RESOURCE_EXHAUSTED if it would open one session too many
  // or if its session keeps too many answers. Each replica's own opinion.
  absl::Status Admit(const RequestView& request) const;

  // When TakeExpired may have something; kNever if no session is open.
  LogicalTime next_expiry() const;
  // Encoded requests that close sessions in which nothing has happened for the lease, unless
  // something happens meanwhile. Each is given once. The replicas take their turns in the
  // order of the ring, that of the session's coordinator first.
  std::vector<std::string> TakeExpired(LogicalTime now, size_t count_max);

  // As StateMachine has them; an answer counts as an entry, and a session of many comes in parts.
  // What is restored has just been seen.
  void BeginSnapshot();
  bool TakeSnapshot(size_t entries_max, pb::CheckpointPiece& piece);
  absl::Status Restore(const pb::CheckpointPiece& piece);

  // What has happened since the last call.
  Counts TakeCounts() { return std::exchange(counts_, {}); }
  size_t open() const { return sessions_.size(); }
  // Of what is the same at all replicas, as KvStore::Digest.
  uint64_t Digest() const;

 private:
  // A request in its session. The first written key is part of the name because it alone makes sure
  // that two requests of one name are met in one order.
  using Name = std::pair<uint64_t, KeyHash>;
  struct Answer {
    absl::Status status;
    std::string reply;  // Encoded.
  };
  struct Session {
    uint64_t low = 1;       // Answers below are forgotten.
    uint64_t executed = 0;  // Requests and acts, repeated ones too, that found it open.
    absl::btree_map<Name, Answer> answers;
    LogicalTime seen;
    bool listed = false;  // In idle_, at `place`.
    std::list<SessionId>::iterator place;
    uint64_t copied_in = 0;  // The last snapshot that has it as it was when that began.
  };
  using Sessions = absl::btree_map<SessionId, Session>;

  size_t members() const { return static_cast<size_t>(options_.members); }
  Name NameOf(const RequestView& request, const CommandView& write) const;
  void Open(const Place& place, pb::ProposeReply& reply);
  absl::Status Close(const RequestView& request);
  absl::Status RunOnce(const RequestView& request, Session& session, StateMachine& store,
                       pb::ProposeReply& reply);
  // The snapshot under way still gets the session as it is now, if it has not got it yet.
  void CopyOnWrite(SessionId id, Session& session);
  // Puts the session behind what was copied, in parts.
  void Copy(SessionId id, const Session& session);
  // Copies the next one that the snapshot under way has not got; false: there is none.
  bool CopyNext();
  // Something happened in the session.
  void Touch(SessionId id, Session& session, LogicalTime now);
  // How long after its last sign of life a session of this coordinator is closed from here.
  uint64_t Patience(size_t coordinator) const;

  const Options options_;
  Sessions sessions_;
  // By coordinator: those that this replica has not proposed to close, the longest silent first.
  std::vector<std::list<SessionId>> idle_;
  Counts counts_;
  // The snapshot under way, if there is one: what it still has to look at is behind `at_`.
  uint64_t snapshot_ = 0;  // How many have begun.
  bool copying_ = false;
  SessionId at_;
  std::deque<pb::CheckpointSession> copied_;  // The next slices take them.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_SESSION_TABLE_H_
