#include "replica/core/session_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/partition_map.h"
#include "replica/core/planted.h"

namespace althing {
namespace {

// What an answer takes beside its reply, about.
constexpr size_t kAnswerBytes = 32;

absl::Status NotOpen() {
  return absl::FailedPreconditionError(
      "the session is not open: it expired or was closed; the outcome of its unanswered requests "
      "is unknown; open another session");
}

}  // namespace

absl::Status SessionTable::Execute(const Place& place, const RequestView& request,
                                   StateMachine& store, pb::ProposeReply& reply) {
  using Act = RequestView::Act;
  ToProto(place.instance, reply.mutable_instance());
  if (request.act == Act::kOpen) {
    Open(place, reply);
    return absl::OkStatus();
  }
  if (!request.session.has_value()) return store.Apply(request.commands, reply);
  if (request.act == Act::kClose) return Close(request);

  const auto it = sessions_.find(*request.session);
  if (it == sessions_.end()) return NotOpen();
  Session& session = it->second;
  CopyOnWrite(it->first, session);
  ++session.executed;
  Touch(it->first, session, place.now);
  if (request.act == Act::kTrim) {
    session.low = std::max(session.low, request.trim_below);
    session.answers.erase(session.answers.begin(),
                          session.answers.lower_bound({session.low, KeyHash{0}}));
  }
  if (request.act != Act::kNone) return absl::OkStatus();
  return RunOnce(request, session, store, reply);
}

uint64_t SessionTable::Digest() const {
  // A sum does not depend on the order of a hash map.
  uint64_t digest = 0;
  for (const auto& [id, session] : sessions_) {
    std::string text = absl::StrCat(ToString(id.instance), ".", id.position, ":", session.low, ":",
                                    session.executed);
    for (const auto& [name, answer] : session.answers) {
      absl::StrAppend(&text, ";", name.first, ":", name.second.value, ":", answer.reply.size(), ":",
                      answer.reply, static_cast<int>(answer.status.code()));
    }
    digest += HashKey(text, 0).value;
  }
  return digest;
}

absl::Status SessionTable::RunOnce(const RequestView& request, Session& session,
                                   StateMachine& store, pb::ProposeReply& reply) {
  if (request.number < session.low) {
    return absl::FailedPreconditionError(absl::StrCat("the session was trimmed below ", session.low,
                                                      ", and request ", request.number,
                                                      " with it: its client had its answer"));
  }
  const CommandView* write = request.FirstWrite();
  if (write == nullptr) return store.Apply(request.commands, reply);
  const Name name = NameOf(request, *write);
  if (const auto known = session.answers.find(name); known != session.answers.end()) {
    ++counts_.repeated;
    CHECK(reply.ParseFromString(known->second.reply));
    reply.set_repeated(true);
    return known->second.status;
  }
  absl::Status status = store.Apply(request.commands, reply);
  session.answers.emplace(name, Answer{status, reply.SerializeAsString()});
  return status;
}

SessionTable::Name SessionTable::NameOf(const RequestView& request,
                                        const CommandView& write) const {
  return {request.number, HashKey(write.key, options_.hash_seed)};
}

void SessionTable::Open(const Place& place, pb::ProposeReply& reply) {
  const SessionId id{place.instance, place.position};
  const auto [it, added] = sessions_.try_emplace(id);
  CHECK(added);
  it->second.copied_in = snapshot_;
  Touch(id, it->second, place.now);
  ToProto(id, reply.mutable_session());
  ++counts_.opened;
}

absl::Status SessionTable::Close(const RequestView& request) {
  const auto it = sessions_.find(*request.session);
  if (it == sessions_.end()) return absl::OkStatus();  // Said twice.
  Session& session = it->second;
  const bool expires = request.close_if_executed.has_value();
  if (expires && *request.close_if_executed != session.executed) return absl::OkStatus();
  CopyOnWrite(it->first, session);
  if (session.listed) idle_[it->first.instance.coordinator.value].erase(session.place);
  sessions_.erase(it);
  ++counts_.closed;
  if (expires) ++counts_.expired;
  return absl::OkStatus();
}

void SessionTable::Touch(SessionId id, Session& session, LogicalTime now) {
  session.seen = now;
  std::list<SessionId>& idle = idle_[id.instance.coordinator.value];
  if (session.listed) {
    idle.splice(idle.end(), idle, session.place);
    return;
  }
  session.listed = true;
  session.place = idle.insert(idle.end(), id);
}

absl::Status SessionTable::Admit(const RequestView& request) const {
  if (request.act == RequestView::Act::kOpen && sessions_.size() >= options_.sessions_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat(sessions_.size(), " sessions are open in this partition; the limit is ",
                     options_.sessions_max, " (limits.sessions_max); close some"));
  }
  if (!request.session.has_value() || request.act != RequestView::Act::kNone) {
    return absl::OkStatus();
  }
  const auto it = sessions_.find(*request.session);
  if (it == sessions_.end() || it->second.answers.size() < options_.answers_max) {
    return absl::OkStatus();
  }
  // What keeps no answer, or has one already, needs no room.
  const CommandView* write = request.FirstWrite();
  if (write == nullptr || it->second.answers.contains(NameOf(request, *write))) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(absl::StrCat(
      "the session keeps ", it->second.answers.size(), " answers; the limit is ",
      options_.answers_max, " (limits.session_answers_max); trim it below what was answered"));
}

uint64_t SessionTable::Patience(size_t coordinator) const {
  const size_t distance = (options_.self.value + members() - coordinator) % members();
  return options_.lease_ticks + distance * (options_.lease_ticks / 4 + 1);
}

LogicalTime SessionTable::next_expiry() const {
  LogicalTime next = kNever;
  for (size_t r = 0; r < members(); ++r) {
    if (idle_[r].empty()) continue;
    const Session& oldest = sessions_.at(idle_[r].front());
    next = std::min(next, LogicalTime{oldest.seen.value + Patience(r)});
  }
  return next;
}

std::vector<std::string> SessionTable::TakeExpired(LogicalTime now, size_t count_max) {
  std::vector<std::string> requests;
  pb::RequestBatch batch;
  pb::Request& request = *batch.add_requests();
  for (size_t r = 0; r < members(); ++r) {
    while (!idle_[r].empty() && requests.size() < count_max) {
      const SessionId id = idle_[r].front();
      Session& session = sessions_.at(id);
      if (session.seen.value + Patience(r) > now.value) break;
      idle_[r].pop_front();
      session.listed = false;
      ToProto(id, request.mutable_session());
      request.mutable_close()->set_if_executed(session.executed);
      requests.push_back(batch.SerializeAsString());
    }
  }
  return requests;
}

// ---- Snapshots

void SessionTable::BeginSnapshot() {
  CHECK(!copying_ && copied_.empty());
  ++snapshot_;
  copying_ = !Planted(Bug::kSessionsNotInCheckpoint);
  at_ = {};
}

void SessionTable::CopyOnWrite(SessionId id, Session& session) {
  if (!copying_ || session.copied_in == snapshot_ || Planted(Bug::kSliceWithoutCopy)) return;
  session.copied_in = snapshot_;
  Copy(id, session);
}

void SessionTable::Copy(SessionId id, const Session& session) {
  size_t bytes = kSliceBytesMax;
  const auto begin_part = [&] {
    pb::CheckpointSession& part = copied_.emplace_back();
    ToProto(id, part.mutable_id());
    part.set_low(session.low);
    part.set_executed(session.executed);
    bytes = 0;
  };
  begin_part();
  for (const auto& [name, answer] : session.answers) {
    if (bytes >= kSliceBytesMax) begin_part();
    pb::CheckpointAnswer& copy = *copied_.back().add_answers();
    copy.set_number(name.first);
    copy.set_key(name.second.value);
    copy.set_reply(answer.reply);
    copy.set_code(static_cast<int>(answer.status.code()));
    copy.set_message(std::string(answer.status.message()));
    bytes += kAnswerBytes + answer.reply.size() + copy.message().size();
  }
}

bool SessionTable::CopyNext() {
  if (!copying_) return false;
  auto it = sessions_.lower_bound(at_);
  while (it != sessions_.end() && it->second.copied_in == snapshot_) ++it;
  copying_ = it != sessions_.end();
  if (!copying_) return false;
  it->second.copied_in = snapshot_;
  at_ = it->first;
  Copy(it->first, it->second);
  return true;
}

bool SessionTable::TakeSnapshot(size_t entries_max, pb::CheckpointPiece& piece) {
  size_t bytes = 0, taken = 0;
  while (taken < std::max<size_t>(entries_max, 1) && bytes < kSliceBytesMax) {
    if (copied_.empty() && !CopyNext()) return false;
    pb::CheckpointSession& copy = copied_.front();
    taken += 1 + static_cast<size_t>(copy.answers_size());
    bytes += copy.ByteSizeLong();
    *piece.add_sessions() = std::move(copy);
    copied_.pop_front();
  }
  return true;
}

absl::Status SessionTable::Restore(const pb::CheckpointPiece& piece) {
  for (const pb::CheckpointSession& copy : piece.sessions()) {
    const SessionId id{
        {copy.id().slot(), MemberIndex{static_cast<uint8_t>(copy.id().coordinator())}},
        copy.id().position()};
    if (copy.id().coordinator() >= members()) {
      return absl::DataLossError("a session of the checkpoint is nobody's");
    }
    const auto [it, added] = sessions_.try_emplace(id);
    Session& session = it->second;
    const bool goes_on =
        session.low == copy.low() && session.executed == copy.executed() && !copy.answers().empty();
    if (!added && !goes_on) {
      return absl::DataLossError("the checkpoint has a session twice");
    }
    session.low = copy.low();
    session.executed = copy.executed();
    for (const pb::CheckpointAnswer& answer : copy.answers()) {
      const bool is_new =
          session.answers
              .emplace(Name{answer.number(), KeyHash{answer.key()}},
                       Answer{absl::Status(static_cast<absl::StatusCode>(answer.code()),
                                           answer.message()),
                              answer.reply()})
              .second;
      if (!is_new) return absl::DataLossError("the checkpoint has an answer of a session twice");
    }
    if (added) Touch(id, session, LogicalTime{});
  }
  return absl::OkStatus();
}

}  // namespace althing
