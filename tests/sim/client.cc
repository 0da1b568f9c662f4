#include "tests/sim/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/partition_map.h"

namespace althing::sim {

KeysByPartition MakeKeys(const Plan& plan) {
  const size_t wanted = plan.hot_keys + plan.cold_keys;
  KeysByPartition keys(plan.partitions);
  const PartitionMap map(plan.partitions, 0);
  for (uint64_t i = 0;
       std::any_of(keys.begin(), keys.end(), [&](const auto& k) { return k.size() < wanted; });
       ++i) {
    std::string key = absl::StrCat("k", i);
    std::vector<std::string>& of = keys[map.Find(key).value];
    if (of.size() < wanted) of.push_back(std::move(key));
  }
  return keys;
}

Client::Client(const Plan& plan, size_t number, const KeysByPartition& keys, ClientHost& host)
    : plan_(plan),
      number_(number),
      keys_(keys),
      host_(host),
      random_(StreamOf(plan.seed, Stream::kClients, number)),
      uses_sessions_(Chance(random_, plan.sessions_permille)),
      home_(MemberIndex{static_cast<uint8_t>(random_.Below(static_cast<uint64_t>(plan.n)))}),
      calls_left_(plan.commands / plan.clients + (number < plan.commands % plan.clients)),
      sessions_(plan.partitions) {}

MemberIndex Client::Target() {
  const MemberSet targets = host_.targets();
  const bool first = call_->proposals == 0;
  if (first && targets.Has(home_) && Chance(random_, 800)) return home_;
  uint64_t skip = random_.Below(static_cast<uint64_t>(targets.Size()));
  for (const MemberIndex m : targets) {
    if (skip-- == 0) return m;
  }
  return home_;
}

void Client::Wake() {
  if (!call_) {
    if (calls_left_ > 0) Begin();
    return;
  }
  if (call_->waits_to_repeat) return Propose();
  if (host_.now_ns() < call_->give_up_ns) return;  // Of an earlier proposal.
  if (MayRepeat()) {
    Propose();
  } else {
    End(check::Outcome::kUnknown);
  }
}

bool Client::MayRepeat() const {
  return call_->act != Act::kCommands || call_->record.request.has_session() ||
         call_->unresolved == 0;
}

// ---- Beginning

void Client::Begin() {
  const PartitionId partition{static_cast<uint32_t>(random_.Below(plan_.partitions))};
  Session& session = sessions_[partition.value];
  if (!uses_sessions_) return BeginCommands(partition);
  if (!session.id) return BeginAct(partition, Act::kOpen);
  if (session.calls > 0 && Chance(random_, 80)) {
    const uint64_t dice = random_.Below(10);
    session.calls = 0;
    return BeginAct(partition, dice < 6 ? Act::kTrim : dice < 8 ? Act::kKeep : Act::kClose);
  }
  BeginCommands(partition);
}

void Client::BeginAct(PartitionId partition, Act act) {
  call_.emplace();
  call_->act = act;
  call_->partition = partition;
  pb::Request& request = call_->record.request;
  const Session& session = sessions_[partition.value];
  if (act == Act::kOpen) {
    request.mutable_open()->set_partition(partition.value);
  } else {
    *request.mutable_session() = *session.id;
  }
  if (act == Act::kTrim) request.mutable_trim()->set_below(session.last_number + 1);
  if (act == Act::kKeep) request.mutable_keep();
  if (act == Act::kClose) request.mutable_close();
  Propose();
}

const std::string& Client::Key(PartitionId partition) {
  const std::vector<std::string>& keys = keys_[partition.value];
  const uint64_t among = Chance(random_, 500) ? plan_.hot_keys : keys.size();
  return keys[random_.Below(among)];
}

void Client::BeginCommands(PartitionId partition) {
  --calls_left_;
  call_.emplace();
  call_->partition = partition;
  CallRecord& record = call_->record;
  record.client = number_;
  record.call_ns = host_.now_ns();
  Session& session = sessions_[partition.value];
  if (session.id) {
    *record.request.mutable_session() = *session.id;
    record.request.set_number(++session.last_number);
    ++session.calls;
  }
  const bool reads = Chance(random_, plan_.read_permille);
  const uint64_t commands = Chance(random_, plan_.multi_permille) ? 2 + random_.Below(3) : 1;
  for (uint64_t i = 0; i < commands; ++i) {
    // Some read and write.
    const bool write = commands > 1 && Chance(random_, 100) ? reads : !reads;
    FillCommand(partition, write, *record.request.add_commands());
  }
  Propose();
  if (record.request.has_session() && Chance(random_, plan_.hedge_permille)) Propose();
}

void Client::FillCommand(PartitionId partition, bool write, pb::Command& command) {
  command.set_key(Key(partition));
  if (!write) {
    command.set_operation(pb::OPERATION_GET);
    return;
  }
  const uint64_t dice = random_.Below(10);
  command.set_operation(dice < 6   ? pb::OPERATION_PUT
                        : dice < 9 ? pb::OPERATION_APPEND
                                   : pb::OPERATION_DELETE);
  if (command.operation() != pb::OPERATION_DELETE) {
    command.set_value(absl::StrCat("c", number_, ".", ++values_, ";"));
  }
  if (!Chance(random_, plan_.conditional_permille)) return;
  const auto seen = seen_.find(command.key());
  if (seen == seen_.end()) {
    command.set_if_version(0);
  } else if (seen->second.value().empty() || Chance(random_, 500)) {
    command.set_if_version(seen->second.version());
  } else {
    command.set_if_value(seen->second.value());
  }
}

// ---- Proposing

void Client::Propose() {
  call_->waits_to_repeat = false;
  const MemberIndex to = Target();
  ++call_->proposals;
  ++call_->unresolved;
  const int64_t now = host_.now_ns();
  call_->give_up_ns = now + plan_.timeout_ns;
  const RequestId id = host_.Propose(number_, to, call_->partition, call_->record.request,
                                     now + plan_.timeout_ns / 2 + plan_.timeout_ns / 4);
  proposed_[id] = call_number_;
  host_.WakeAt(number_, call_->give_up_ns);
}

void Client::RepeatLater() {
  call_->waits_to_repeat = true;
  const int tries = std::min(call_->proposals, 6);
  host_.WakeAt(number_, host_.now_ns() + Between(random_, kMs, kMs << tries));
}

void Client::TrimNow() {
  pb::Request request;
  *request.mutable_session() = call_->record.request.session();
  request.mutable_trim()->set_below(call_->record.request.number());
  const RequestId id = host_.Propose(number_, Target(), call_->partition, request,
                                     host_.now_ns() + plan_.timeout_ns);
  proposed_[id] = UINT64_MAX;  // Of no call.
}

// ---- Answers

void Client::OnAnswer(RequestId request, const absl::Status& status, const pb::ProposeReply& reply,
                      bool unknown) {
  const auto it = proposed_.find(request);
  if (it == proposed_.end()) return host_.Fail("a request was answered that nobody made, or twice");
  const uint64_t number = it->second;
  proposed_.erase(it);
  if (number != call_number_ || !call_) {
    const auto ended = ended_.find(number);
    if (status.ok() && ended != ended_.end()) CheckLate(ended->second, reply);
    return;
  }
  if (unknown) return;
  if (!status.ok()) {
    --call_->unresolved;
    return OnRefused(status);
  }
  Session& mine = session();
  if (call_->act == Act::kOpen) {
    if (!reply.has_session()) host_.Fail("a session was opened that has no name");
    mine = {.id = reply.session()};
  } else if (call_->act == Act::kClose) {
    mine = {};
  }
  call_->record.results.assign(reply.results().begin(), reply.results().end());
  End(check::Outcome::kOk);
}

void Client::OnRefused(const absl::Status& status) {
  if (absl::IsFailedPrecondition(status)) {
    // The session is no more: this proposal took no effect, an earlier one may have.
    session() = {};
    return End(call_->unresolved == 0 ? check::Outcome::kFailed : check::Outcome::kUnknown);
  }
  const bool busy = absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
                    absl::IsDeadlineExceeded(status);
  if (!busy) return host_.Fail(absl::StrCat("a client was told: ", status.ToString()));
  if (absl::IsResourceExhausted(status) && call_->record.request.has_session() &&
      call_->act == Act::kCommands && plan_.session_answers_max < 100) {
    TrimNow();
  }
  if (MayRepeat() && !call_->waits_to_repeat) RepeatLater();
}

void Client::End(check::Outcome outcome) {
  if (call_->act == Act::kCommands) {
    CallRecord& record = call_->record;
    record.outcome = outcome;
    record.return_ns = host_.now_ns();
    for (int i = 0; i < static_cast<int>(record.results.size()); ++i) {
      const pb::Command& command = record.request.commands(i);
      pb::Result& seen = seen_[command.key()];
      seen = record.results[static_cast<size_t>(i)];
      if (!seen.condition_failed() && command.operation() == pb::OPERATION_PUT) {
        seen.set_value(command.value());
      }
    }
    ended_[call_number_] = calls_.size();
    calls_.push_back(std::move(record));
  }
  call_.reset();
  ++call_number_;
  const int64_t pause = Between(random_, 0, 2 * plan_.think_ns);
  // Who thinks for long may lose its session.
  const bool long_pause = plan_.session_ticks < 1000 && Chance(random_, 30);
  const int64_t lease = static_cast<int64_t>(plan_.session_ticks) * plan_.tick_ns[0];
  host_.WakeAt(number_, host_.now_ns() + pause + (long_pause ? 2 * lease : 0));
}

void Client::CheckLate(size_t call, const pb::ProposeReply& reply) {
  const CallRecord& record = calls_[call];
  if (record.outcome == check::Outcome::kFailed) {
    return host_.Fail("a call took effect after all its proposals had been refused");
  }
  const bool writes =
      std::any_of(record.request.commands().begin(), record.request.commands().end(),
                  [](const pb::Command& c) { return c.operation() != pb::OPERATION_GET; });
  if (record.outcome != check::Outcome::kOk || !writes) return;
  // Whichever proposal is answered, the answer is the first one.
  for (int i = 0; i < reply.results_size(); ++i) {
    if (reply.results(i).SerializeAsString() ==
        record.results.at(static_cast<size_t>(i)).SerializeAsString()) {
      continue;
    }
    host_.Fail(absl::StrCat("two answers to one request of client ", number_, ": ",
                            reply.ShortDebugString(), " after ",
                            record.results[static_cast<size_t>(i)].ShortDebugString()));
  }
}

std::string Client::Describe() const {
  if (!call_) return absl::StrCat("client ", number_, ": ", calls_left_, " calls left");
  return absl::StrCat("client ", number_, ": ", call_->record.request.ShortDebugString(),
                      " proposed ", call_->proposals, " times, ", call_->unresolved, " open; ",
                      calls_left_, " calls left");
}

}  // namespace althing::sim
