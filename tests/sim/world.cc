#include "tests/sim/world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pb/key_partition.h"
#include "replica/core/check.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

// What a turn takes at most: so much more for each message that it may handle, and no more than
// all.
constexpr int64_t kMessageNs = 10'000;
constexpr int64_t kTurnNsMax = 200'000;
constexpr int64_t kClientDelayNsMax = 2 * kMs;  // Between client and replica, one way.
// The cores check themselves so often, by the seed: seldom where it costs, often to see the moment.
constexpr int64_t kEventsPerCheck[] = {100, 4000};
constexpr uint64_t kEventsMax = 3'000'000;  // Of a whole run: then it is not getting anywhere.

bool Later(int64_t at_ns, uint64_t sequence, int64_t other_ns, uint64_t other_sequence) {
  return std::pair(at_ns, sequence) > std::pair(other_ns, other_sequence);
}

Quorums QuorumsOf(int n) { return *Quorums::Create(n, {}, {}); }

}  // namespace

World::World(const Plan& plan, Trace trace, bool consequences_only)
    : plan_(plan),
      trace_(std::move(trace)),
      consequences_only_(consequences_only),
      turn_random_(StreamOf(plan.seed, Stream::kDelays, 1)),
      client_random_(StreamOf(plan.seed, Stream::kDelays, 2)),
      network_(plan_),
      keys_(MakeKeys(plan)),
      places_(static_cast<size_t>(plan.n)),
      client_wakes_(plan.clients) {
  for (uint32_t p = 0; p < plan.partitions; ++p) invariants_.emplace_back(QuorumsOf(plan.n), 0, p);
  if (consequences_only) {
    for (Invariants& invariants : invariants_) invariants.LookAtConsequencesOnly();
  }
  for (const MemberIndex m : all()) {
    place(m).disk = MakeDisk(m);
    Start(m);
  }
  clients_.reserve(plan.clients);
  for (size_t i = 0; i < plan.clients; ++i) {
    clients_.emplace_back(plan_, i, keys_, static_cast<ClientHost&>(*this));
    WakeAt(i, Between(client_random_, 0, 20 * kMs));
  }
  Random checks = StreamOf(plan.seed, Stream::kChecks);
  events_per_check_ =
      static_cast<uint64_t>(Between(checks, kEventsPerCheck[0], kEventsPerCheck[1]));
  PlanFaults();
  LookAround();
}

World::~World() = default;

void World::Run() {
  while (!heap_.empty() && failure_.empty() && !ended_) {
    std::pop_heap(heap_.begin(), heap_.end(), [](const Happening& a, const Happening& b) {
      return Later(a.at_ns, a.sequence, b.at_ns, b.sequence);
    });
    Happening next = std::move(heap_.back());
    heap_.pop_back();
    now_ns_ = next.at_ns;
    next.happen();
    if (++happened_ % events_per_check_ == 0) CheckCores();
    if (healed_) CheckProgress();
    if (happened_ >= kEventsMax && failure_.empty() && !ended_) {
      Fail(absl::StrCat("progress: not at an end after ", happened_, " events"));
    }
  }
  if (failure_.empty() && !ended_) Fail("progress: nothing happens any more");
  CheckEnd();
}

void World::At(int64_t at_ns, std::function<void()> happen) {
  heap_.push_back({std::max(at_ns, now_ns_), sequence_++, std::move(happen)});
  std::push_heap(heap_.begin(), heap_.end(), [](const Happening& a, const Happening& b) {
    return Later(a.at_ns, a.sequence, b.at_ns, b.sequence);
  });
}

void World::Mix(uint64_t value) {
  hash_ = (hash_ ^ value) * 0x9E3779B97F4A7C15u;
  hash_ ^= hash_ >> 29;
}

void World::MixText(std::string_view text) { Mix(HashOfKey(text, 0)); }

void World::Say(const std::string& line) {
  trace_(absl::StrFormat("%6d.%03d ms  %s", now_ns_ / kMs, now_ns_ % kMs / 1000, line));
}

void World::Fail(const std::string& why) {
  if (failure_.empty()) failure_ = why;
}

// ---- Replicas

void World::WakeReplica(MemberIndex m, int64_t at_ns) {
  Place& at = place(m);
  if (!alive(m)) return;
  at_ns = std::max({at_ns, at.free_ns, at.paused_until_ns, now_ns_});
  if (at.turn_ns <= at_ns) return;
  at.turn_ns = at_ns;
  At(at_ns, [this, m, at_ns] {
    if (place(m).turn_ns == at_ns) Turn(m);
  });
}

void World::Turn(MemberIndex m) {
  Place& at = place(m);
  at.turn_ns = INT64_MAX;
  if (!alive(m)) return;
  if (at.paused_until_ns > now_ns_) return WakeReplica(m, at.paused_until_ns);
  Mix(static_cast<uint64_t>(now_ns_) * 16 + m.value);
  at.replica->Turn();
  if (at.replica->dead()) return Die(m, *at.dying);
  const std::vector<Quarantine>& quarantines = at.replica->core().quarantines();
  if (!quarantines.empty()) {
    Fail(absl::StrCat("member ", m.value, " is quarantined: ", quarantines[0].why));
  }
  at.free_ns = now_ns_ + Between(turn_random_, 1000,
                                 std::min(kTurnNsMax, kMessageNs * plan_.turn_messages_max));
  WakeReplica(m, at.replica->next_turn_ns());
}

void World::OnStepped(MemberIndex at, PartitionId partition, const Output& output) {
  Invariants& invariants = invariants_[partition.value];
  for (const pb::Record& record : output.records) {
    MixText(record.SerializeAsString());
    invariants.OnRecord(at, record);
  }
  for (const Event& event : output.events) {
    ++events_[static_cast<size_t>(event.kind)];
    event_values_[static_cast<size_t>(event.kind)] += event.value;
    if (event.kind == Event::Kind::kRecoveryRule) ++rules_[event.text];
    if (event.kind == Event::Kind::kExecutedCommands) invariants.OnExecuted(at, event.id);
    if (event.kind == Event::Kind::kRejected) {
      Fail(absl::StrCat("member ", at.value, " rejects a message of a right peer: ", event.text));
    }
    if (tracing()) SayEvent(at, event);
  }
  if (!invariants.violation().empty()) Fail(invariants.violation());
}

void World::OnDurable(MemberIndex at, const pb::Record& record) {
  Invariants& invariants = invariants_[record.partition()];
  invariants.OnDurable(at, record);
  if (!invariants.violation().empty()) Fail(invariants.violation());
}

void World::OnCheckpoint(MemberIndex at) {
  ++checkpoints_;
  const std::vector<pb::CheckpointPiece>& checkpoint = place(at).disk->checkpoint();
  if (tracing()) {
    Say(absl::StrCat("    ", at.value, " has a checkpoint of ", checkpoint.size(), " pieces, ",
                     place(at).disk->records().size(), " records are kept"));
  }
  for (Invariants& invariants : invariants_) {
    invariants.OnCheckpoint(at, checkpoint);
    if (!invariants.violation().empty()) Fail(invariants.violation());
  }
}

void World::CompleteFlushAt(MemberIndex m, int64_t at_ns) {
  At(at_ns, [this, m, run = place(m).runs] {
    if (!alive(m) || place(m).runs != run) return;
    place(m).disk->Complete();
    WakeReplica(m, now_ns_);
  });
}

std::unique_ptr<Disk> World::MakeDisk(MemberIndex m) {
  return std::make_unique<Disk>(
      plan_, m,
      Disk::World{.now_ns = [this] { return now_ns_; },
                  .complete_at = [this, m](int64_t at_ns) { CompleteFlushAt(m, at_ns); },
                  .on_durable = [this, m](const pb::Record& record) { OnDurable(m, record); },
                  .on_checkpoint = [this, m] { OnCheckpoint(m); }});
}

void World::OnSend(MemberIndex from, MemberIndex to, std::shared_ptr<const pb::Envelope> envelope) {
  Invariants& invariants = invariants_[envelope->partition()];
  invariants.OnSent(from, *envelope);
  if (!invariants.violation().empty()) Fail(invariants.violation());
  ++sent_[static_cast<size_t>(envelope->message_case())];
  const Network::Arrivals arrivals = network_.Send(from, to, now_ns_);
  Mix(arrivals.size());
  if (tracing()) {
    Say(absl::StrCat(Describe(Message{from, to, *envelope}),
                     plan_.partitions > 1 ? absl::StrCat(" p", envelope->partition()) : "",
                     arrivals.empty()      ? "   LOST"
                     : arrivals.size() > 1 ? "   TWICE"
                                           : ""));
  }
  const bool slow = !healed_ && envelope->message_case() == plan_.slow_kind;
  for (const int64_t arrival : arrivals) {
    At(arrival + (slow ? plan_.slow_kind_ns : 0),
       [this, from, to, envelope] { Deliver(from, to, *envelope); });
  }
}

void World::Deliver(MemberIndex from, MemberIndex to, const pb::Envelope& envelope) {
  if (!alive(to)) return;
  const bool room = place(to).replica->Push(
      {PartitionId{envelope.partition()}, now_ns_, PeerMessage{from, envelope}});
  Mix(static_cast<uint64_t>(envelope.message_case()) * 256 + from.value * 16 + to.value);
  if (tracing()) {
    Say(absl::StrCat("    ", to.value, " gets ", TypeName(envelope), " of ", from.value,
                     room ? "" : "   its channel is full: LOST"));
  }
  WakeReplica(to, now_ns_);
}

// ---- Clients

void World::WakeAt(size_t client, int64_t at_ns) {
  const uint64_t wake = ++client_wakes_[client];
  At(at_ns, [this, client, wake] {
    if (client_wakes_[client] == wake) clients_[client].Wake();
  });
}

RequestId World::Propose(size_t client, MemberIndex to, PartitionId partition,
                         const pb::Request& request, int64_t deadline_ns) {
  const RequestId id{next_request_++};
  waiting_[id] = {client, to, partition};
  pb::RequestBatch batch;
  *batch.add_requests() = request;
  if (tracing()) {
    Say(absl::StrCat("client ", client, " -> ", to.value, " request ", id.value, ": ",
                     request.ShortDebugString()));
  }
  At(now_ns_ + Between(client_random_, 10'000, kClientDelayNsMax),
     [this, id, bytes = batch.SerializeAsString(), deadline_ns] {
       ArriveProposal(id, bytes, deadline_ns);
     });
  return id;
}

void World::ArriveProposal(RequestId request, std::string batch, int64_t deadline_ns) {
  const auto it = waiting_.find(request);
  if (it == waiting_.end() || !alive(it->second.at)) return;
  const Waiting waiting = it->second;
  Place& at = place(waiting.at);
  const bool room = at.replica->Push(
      {waiting.partition, now_ns_, ClientProposal{request, std::move(batch), deadline_ns}});
  if (!room) {
    waiting_.erase(request);
    return AnswerClient(waiting, request, absl::ResourceExhaustedError("the channel is full"), {},
                        false);
  }
  WakeReplica(waiting.at, now_ns_);
  At(deadline_ns, [this, request, waiting] {
    if (!waiting_.contains(request) || !alive(waiting.at)) return;
    CHECK(place(waiting.at).replica->Push({waiting.partition, now_ns_, ProposalExpired{request}}));
    WakeReplica(waiting.at, now_ns_);
  });
}

bool World::OnAnswer(MemberIndex at, RequestId request, const absl::Status& status,
                     const pb::ProposeReply& reply) {
  const auto it = waiting_.find(request);
  if (it == waiting_.end()) return false;
  const Waiting waiting = it->second;
  if (waiting.at != at) Fail("a replica answers a call of another one");
  waiting_.erase(it);
  AnswerClient(waiting, request, status, reply, false);
  return true;
}

void World::OnExpire(MemberIndex, RequestId request) {
  const auto it = waiting_.find(request);
  if (it == waiting_.end()) return;
  const Waiting waiting = it->second;
  waiting_.erase(it);
  AnswerClient(waiting, request, absl::DeadlineExceededError("outcome unknown"), {}, true);
}

void World::AnswerClient(const Waiting& waiting, RequestId request, const absl::Status& status,
                         const pb::ProposeReply& reply, bool unknown) {
  ++answers_[static_cast<size_t>(status.code())];
  Mix(request.value);
  MixText(reply.SerializeAsString());
  const bool lost = !healed_ && Chance(client_random_, plan_.answer_loss_permille);
  const int64_t delay = Between(client_random_, 10'000, kClientDelayNsMax);
  if (tracing()) {
    Say(absl::StrCat(waiting.at.value, " answers request ", request.value, ": ",
                     status.ok() ? reply.ShortDebugString() : status.ToString(),
                     lost ? "   LOST" : ""));
  }
  if (lost) return;
  At(now_ns_ + delay, [this, client = waiting.client, request, status, reply, unknown] {
    clients_[client].OnAnswer(request, status, reply, unknown);
  });
}

}  // namespace althing::sim
