#include "tests/sim/cluster.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "replica/core/check.h"
#include "replica/core/partition_map.h"
#include "tests/sim/draw.h"

namespace althing::sim {
namespace {

const pb::InstanceId* IdOf(const pb::Envelope& e) {
  switch (e.message_case()) {
    case pb::Envelope::kPreAccept:
      return &e.pre_accept().id();
    case pb::Envelope::kPreAcceptOk:
      return &e.pre_accept_ok().id();
    case pb::Envelope::kAccept:
      return &e.accept().id();
    case pb::Envelope::kAcceptOk:
      return &e.accept_ok().id();
    case pb::Envelope::kCommit:
      return &e.commit().id();
    case pb::Envelope::kNack:
      return &e.nack().id();
    case pb::Envelope::kPayload:
      return &e.payload().id();
    case pb::Envelope::kRecover:
      return &e.recover().id();
    case pb::Envelope::kRecoverOk:
      return &e.recover_ok().id();
    case pb::Envelope::kValidate:
      return &e.validate().id();
    case pb::Envelope::kValidateOk:
      return &e.validate_ok().id();
    case pb::Envelope::kWaiting:
      return &e.waiting().id();
    default:
      return nullptr;
  }
}

template <typename Slots>
std::string Vector(const Slots& slots, absl::string_view name = "deps") {
  return absl::StrCat(" ", name, "=[", absl::StrJoin(slots, " "), "]");
}

template <typename Ids>
std::string IdList(absl::string_view name, const Ids& ids) {
  return absl::StrCat(" ", name, "=",
                      absl::StrJoin(ids, ",", [](std::string* out, const pb::InstanceId& id) {
                        absl::StrAppend(out, ToString(FromProto(id)));
                      }));
}

template <typename M>
std::string ValueText(const M& m) {
  return m.has_noop() ? " noop" : m.has_as_pre_accepted() ? " as-pre-accepted" : " payload";
}

std::string Members(uint32_t bits) {
  std::vector<int> members;
  for (const MemberIndex m : MemberSet(bits)) members.push_back(m.value);
  return absl::StrCat("{", absl::StrJoin(members, " "), "}");
}

std::string AnswerText(const pb::RecoverOk& m) {
  std::string text = absl::StrCat(" ballot=", m.ballot());
  if (m.phase() == pb::RecoverOk::PHASE_NONE) absl::StrAppend(&text, " nothing");
  if (m.phase() == pb::RecoverOk::PHASE_PRE_ACCEPTED) absl::StrAppend(&text, " pre-accepted");
  if (m.phase() == pb::RecoverOk::PHASE_ACCEPTED) {
    absl::StrAppend(&text, " accepted=", m.accepted_ballot(), m.noop() ? " noop" : " payload");
  }
  if (!m.deps().empty()) absl::StrAppend(&text, Vector(m.deps()));
  if (!m.initial_deps().empty()) {
    absl::StrAppend(&text, " initial=[", absl::StrJoin(m.initial_deps(), " "),
                    "] F=", Members(m.fast_quorum()));
  }
  return absl::StrCat(text, m.intact() ? " intact" : "");
}

std::string InvalidatorsText(const pb::ValidateOk& m) {
  std::string text = absl::StrCat(" ballot=", m.ballot());
  for (const auto& invalidator : m.invalidators()) {
    absl::StrAppend(&text, invalidator.committed() ? " committed=" : " pending=",
                    ToString(FromProto(invalidator.id())));
  }
  return text;
}

// What a heartbeat says of members that its sender cannot reach.
std::string LostText(const google::protobuf::RepeatedField<uint64_t>& seen) {
  return seen.empty() ? "" : absl::StrCat(" lost=[", absl::StrJoin(seen, " "), "]");
}

}  // namespace

std::string TypeName(const pb::Envelope& envelope) {
  const auto* field =
      pb::Envelope::descriptor()->FindFieldByNumber(static_cast<int>(envelope.message_case()));
  return field == nullptr ? "nothing" : field->message_type()->name();
}

std::string Describe(const Message& m) {
  const pb::Envelope& e = m.envelope;
  std::string text = absl::StrCat(m.from.value, " -> ", m.to.value, " ", TypeName(e));
  if (const pb::InstanceId* id = IdOf(e)) absl::StrAppend(&text, " ", ToString(FromProto(*id)));
  if (e.has_truncated()) absl::StrAppend(&text, Vector(e.truncated().everywhere(), "everywhere"));
  switch (e.message_case()) {
    case pb::Envelope::kPreAccept:
      absl::StrAppend(&text, Vector(e.pre_accept().initial_deps()));
      break;
    case pb::Envelope::kPreAcceptOk:
      absl::StrAppend(&text, Vector(e.pre_accept_ok().deps()));
      break;
    case pb::Envelope::kAccept:
      if (e.accept().ballot() > 0) absl::StrAppend(&text, " ballot=", e.accept().ballot());
      absl::StrAppend(&text, ValueText(e.accept()), Vector(e.accept().deps()));
      break;
    case pb::Envelope::kAcceptOk:
      if (e.accept_ok().ballot() > 0) absl::StrAppend(&text, " ballot=", e.accept_ok().ballot());
      break;
    case pb::Envelope::kCommit:
      absl::StrAppend(&text, ValueText(e.commit()), Vector(e.commit().deps()));
      break;
    case pb::Envelope::kNack:
      absl::StrAppend(&text, " ballot=", e.nack().ballot());
      break;
    case pb::Envelope::kHeartbeat:
      absl::StrAppend(&text, " highest=", e.heartbeat().highest_own(),
                      " committed=", e.heartbeat().committed_prefix_own(),
                      LostText(e.heartbeat().seen_of_lost()));
      break;
    case pb::Envelope::kHeartbeatEcho:
      absl::StrAppend(&text, " highest=", e.heartbeat_echo().highest_own(),
                      " committed=", e.heartbeat_echo().committed_prefix_own(),
                      LostText(e.heartbeat_echo().seen_of_lost()));
      break;
    case pb::Envelope::kProbe:
      absl::StrAppend(&text, IdList("ids", e.probe().ids()),
                      e.probe().with_payload() ? " with-payload" : "");
      break;
    case pb::Envelope::kProbeReply:
      absl::StrAppend(&text, IdList("in-progress", e.probe_reply().in_progress()),
                      IdList("not-mine", e.probe_reply().not_mine()));
      break;
    case pb::Envelope::kFetch:
      absl::StrAppend(&text, IdList("ids", e.fetch().ids()));
      break;
    case pb::Envelope::kRecover:
      absl::StrAppend(&text, " ballot=", e.recover().ballot());
      break;
    case pb::Envelope::kRecoverOk:
      absl::StrAppend(&text, AnswerText(e.recover_ok()));
      break;
    case pb::Envelope::kValidate:
      absl::StrAppend(&text, " ballot=", e.validate().ballot(), " initial=[",
                      absl::StrJoin(e.validate().initial_deps(), " "),
                      "] F=", Members(e.validate().fast_quorum()));
      break;
    case pb::Envelope::kValidateOk:
      absl::StrAppend(&text, InvalidatorsText(e.validate_ok()));
      break;
    case pb::Envelope::kWaiting:
      absl::StrAppend(&text, " voters=", Members(e.waiting().voters()));
      break;
    default:
      break;
  }
  return text;
}

namespace {

Quorums QuorumsOf(const Cluster::Options& options) {
  const Quorums ring = *Quorums::Create(options.n, {}, {});
  std::vector<MemberSet> fast;
  for (const MemberIndex r : ring.all()) fast.push_back(ring.FastQuorum(r));
  for (const auto& [coordinator, members] : options.fast_quorums) {
    fast.at(size_t(coordinator)) = {};
    for (const int m : members) fast.at(size_t(coordinator)).Add(Member(m));
  }
  const absl::StatusOr<Quorums> quorums = ring.WithFastQuorums(fast);
  CHECK(quorums.ok());
  return *quorums;
}

}  // namespace

CoreOptions Cluster::CoreOptionsOf(int at) const {
  CoreOptions core{.self = Member(at),
                   .replica = ReplicaId{static_cast<uint32_t>(at)},
                   .quorums = QuorumsOf(options_)};
  core.partitions = options_.partitions;
  core.thrifty = options_.thrifty;
  core.window_instances_max = options_.window;
  core.session_ticks = options_.session_ticks;
  core.collect_ticks = options_.collect_ticks;
  return core;
}

Cluster::Cluster(const Options& options)
    : options_(options), partition_map_(options.partitions, 0), replicas_(size(options.n)) {
  for (int i = 0; i < options.n; ++i) Start(i);
  if (!options.all_reachable) return;
  for (int i = 0; i < options.n; ++i) {
    for (int j = 0; j < options.n; ++j) {
      if (i != j) SetReachable(i, j, true);
    }
  }
}

pb::Command MakeCommand(pb::Operation operation, const std::string& key, const std::string& value) {
  pb::Command command;
  command.set_operation(operation);
  command.set_key(key);
  command.set_value(value);
  return command;
}

RequestId Cluster::Propose(int at, PartitionId partition, const pb::Request& request) {
  const RequestId id{next_request_++};
  pb::RequestBatch batch;
  *batch.add_requests() = request;
  Step(at, partition, althing::Propose{id, batch.SerializeAsString()});
  return id;
}

RequestId Cluster::Submit(int at, PartitionId partition, const pb::Request& request) {
  const RequestId id = Propose(at, partition, request);
  EndTurn(at, partition);
  return id;
}

RequestId Cluster::Propose(int at, pb::Operation operation, const std::string& key,
                           const std::string& value) {
  return ProposeTogether(at, {{operation, key, value}}).front();
}

std::vector<RequestId> Cluster::ProposeTogether(
    int at, const std::vector<std::tuple<pb::Operation, std::string, std::string>>& commands) {
  std::vector<RequestId> requests;
  std::vector<PartitionId> touched;
  for (const auto& [operation, key, value] : commands) {
    pb::Request request;
    *request.add_commands() = MakeCommand(operation, key, value);
    touched.push_back(partition_map_.Find(key));
    requests.push_back(Propose(at, touched.back(), request));
  }
  for (const PartitionId partition : touched) EndTurn(at, partition);
  return requests;
}

std::vector<Message> Cluster::Deliver(const Filter& filter) {
  std::vector<Message> delivered;
  for (size_t i = 0; i < waiting_.size();) {
    if (filter && !filter(waiting_[i])) {
      ++i;
      continue;
    }
    delivered.push_back(waiting_[i]);
    const Message message = std::move(waiting_[i]);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    const PartitionId partition{message.envelope.partition()};
    Step(message.to.value, partition, Receive{message.from, message.envelope});
    EndTurn(message.to.value, partition);
    i = 0;
  }
  return delivered;
}

void Cluster::DeliverOne(const Filter& filter, bool keep_a_copy) {
  for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
    if (!filter(*it)) continue;
    const Message message = *it;
    if (!keep_a_copy) waiting_.erase(it);
    const PartitionId partition{message.envelope.partition()};
    Step(message.to.value, partition, Receive{message.from, message.envelope});
    EndTurn(message.to.value, partition);
    return;
  }
  CHECK(false && "no message passes the filter");
}

size_t Cluster::DeliverFrames() {
  std::map<std::pair<MemberIndex, MemberIndex>, std::vector<Message>> frames;
  for (Message& message : waiting_) frames[{message.to, message.from}].push_back(message);
  waiting_.clear();
  for (auto& [ends, messages] : frames) {
    std::set<PartitionId> touched;
    for (Message& message : messages) {
      const PartitionId partition{message.envelope.partition()};
      touched.insert(partition);
      Step(message.to.value, partition, Receive{message.from, std::move(message.envelope)});
    }
    for (const PartitionId partition : touched) EndTurn(ends.first.value, partition);
  }
  return frames.size();
}

size_t Cluster::Drop(const Filter& filter) {
  return std::erase_if(waiting_, [&](const Message& m) { return !filter || filter(m); });
}

void Cluster::Flush(int at) {
  if (!alive(at)) return;
  Replica& replica = replicas_[size(at)];
  for (const auto& [partition, appended] : std::map(replica.appended)) {
    if (replica.durable[partition] == appended) continue;
    SetDurable(at, PartitionId{partition});
    EndTurn(at, PartitionId{partition});
  }
}

void Cluster::Advance(uint64_t ticks) {
  for (; ticks > 0; --ticks) {
    ++now_.value;
    for (int i = 0; i < options_.n; ++i) {
      if (replicas_[size(i)].clock_stopped) continue;
      for (const auto& [partition, due] : std::map(replicas_[size(i)].next_tick)) {
        if (due > now_) continue;
        Step(i, PartitionId{partition}, Tick{});
        EndTurn(i, PartitionId{partition});
      }
    }
  }
}

void Cluster::SetReachable(int at, int member, bool reachable) {
  for (uint32_t p = 0; p < options_.partitions; ++p) {
    Step(at, PartitionId{p}, PeerStatus{Member(member), reachable});
    EndTurn(at, PartitionId{p});
  }
}

const std::vector<Reply>& Cluster::replies(RequestId request) const {
  static const std::vector<Reply> kNone;
  const auto it = replies_.find(request.value);
  return it == replies_.end() ? kNone : it->second;
}

uint64_t Cluster::Count(int at, Event::Kind kind) const {
  uint64_t count = 0;
  for (const Event& event : replicas_[size(at)].events) count += event.kind == kind;
  return count;
}

uint64_t Cluster::Sum(int at, Event::Kind kind) const {
  uint64_t sum = 0;
  for (const Event& event : replicas_[size(at)].events) {
    if (event.kind == kind) sum += event.value;
  }
  return sum;
}

absl::Status Cluster::CheckInvariants() const {
  for (const Replica& replica : replicas_) {
    if (const absl::Status status = replica.core->CheckInvariants(); !status.ok()) return status;
  }
  for (const auto& [partition, check] : flush_checks_) {
    if (!check.failure().empty()) return absl::InternalError(check.failure());
  }
  return absl::OkStatus();
}

void Cluster::Crash(int at) {
  replicas_[size(at)].alive = false;
  for (int i = 0; i < options_.n; ++i) {
    if (i != at) SetReachable(i, at, false);
  }
}

void Cluster::Step(int at, PartitionId partition, Input input) {
  if (!alive(at)) return;
  Output output;
  replicas_[size(at)].core->Step(partition, now_, std::move(input), output);
  Act(at, partition, std::move(output));
}

void Cluster::EndTurn(int at, PartitionId partition) {
  for (;;) {
    Step(at, partition, althing::EndTurn{});
    Replica& replica = replicas_[size(at)];
    const uint64_t appended = replica.appended[partition.value];
    if (!options_.flush_at_once || replica.disk_stopped ||
        replica.durable[partition.value] == appended)
      break;
    SetDurable(at, partition);
  }
}

void Cluster::SetDurable(int at, PartitionId partition) {
  Replica& replica = replicas_[size(at)];
  const uint64_t appended = replica.appended[partition.value];
  replica.durable[partition.value] = appended;
  flush_checks_[partition.value].OnFlushed(at, LogPosition{appended});
  Step(at, partition, Flushed{LogPosition{appended}});
  Release(at);
}

void Cluster::NoteWhen(int at, PartitionId partition, const Output& output) {
  ++steps_;
  if (partition.value != 0) return;
  for (const pb::Record& record : output.records) {
    if (!record.has_committed()) continue;
    uint64_t& first = when_[FromProto(record.committed().id())].committed_first;
    first = std::min(first, steps_);
  }
  for (const Event& event : output.events) {
    if (event.kind != Event::Kind::kExecutedCommands || options_.restartable) continue;
    NoteExecuted(at, event.id);
  }
}

bool Cluster::ExecutedEverywhereBefore(InstanceId first, InstanceId then) const {
  const When& when = when_.at(first);
  return when.executed_by.Size() == options_.n &&
         when.executed_last < when_.at(then).committed_first;
}

void Cluster::Act(int at, PartitionId partition, Output output) {
  NoteWhen(at, partition, output);
  Replica& replica = replicas_[size(at)];
  for (pb::CheckpointPiece& piece : output.pieces) replica.taking.push_back(std::move(piece));
  const auto mix = [this](const std::string& bytes) {
    for (const char c : bytes) digest_ = (digest_ ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  };
  for (pb::Record& record : output.records) {
    mix(record.SerializeAsString());
    const LogPosition position{++replica.appended[partition.value]};
    flush_checks_[partition.value].OnRecord(at, position, record);
    replica.records.push_back(std::move(record));
  }
  for (Send& send : output.sends) {
    mix(send.envelope.SerializeAsString());
    mix(std::to_string(send.to.bits()) + "," + std::to_string(send.after.value));
    flush_checks_[partition.value].OnSend(at, send);
    replica.held.emplace_back(partition.value, std::move(send));
  }
  Release(at);
  for (Reply& reply : output.replies) {
    CHECK(reply.after.value == 0);  // This protocol answers only what is decided for good.
    mix(reply.result.SerializeAsString() + reply.status.ToString());
    answered_.push_back(reply.request);
    replies_[reply.request.value].push_back(std::move(reply));
  }
  for (Event& event : output.events) {
    flush_checks_[partition.value].OnEvent(at, event);
    replica.events.push_back(std::move(event));
  }
  mix(std::to_string(output.next_tick.value));
  replica.next_tick[partition.value] = output.next_tick;
}

void Cluster::Release(int at) {
  Replica& replica = replicas_[size(at)];
  std::erase_if(replica.held, [&](const std::pair<uint32_t, Send>& held) {
    if (held.second.after.value > replica.durable[held.first]) return false;
    Enqueue(at, held.second);
    return true;
  });
}

void Cluster::Enqueue(int at, const Send& send) {
  for (const MemberIndex to : send.to) waiting_.push_back({Member(at), to, send.envelope});
}

Filter OfType(pb::Envelope::MessageCase type) {
  return [type](const Message& m) { return m.envelope.message_case() == type; };
}
Filter To(int member) {
  return [member](const Message& m) { return m.to.value == member; };
}
Filter From(int member) {
  return [member](const Message& m) { return m.from.value == member; };
}
Filter Of(InstanceId id) {
  return [id](const Message& m) {
    const pb::InstanceId* of = IdOf(m.envelope);
    return of != nullptr && FromProto(*of) == id;
  };
}
Filter operator&&(Filter a, Filter b) {
  return [a = std::move(a), b = std::move(b)](const Message& m) { return a(m) && b(m); };
}
Filter Not(Filter a) {
  return [a = std::move(a)](const Message& m) { return !a(m); };
}

}  // namespace althing::sim
