#include "client/library/engine.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/library/convert.h"
#include "pb/key_partition.h"

namespace althing {
namespace {

// Longer ones are cut to it.
constexpr absl::Duration kTimeoutMax = absl::Hours(24 * 365);
// A call that meets a session that is gone so often is not begun again.
constexpr uint32_t kSessionsGoneMax = 3;

int64_t DeadlineNs(absl::Duration timeout) {
  return NowNs() + absl::ToInt64Nanoseconds(std::clamp(timeout, absl::ZeroDuration(), kTimeoutMax));
}

absl::Status Closed() { return absl::CancelledError("the client was closed"); }

}  // namespace

Client::Engine::Engine(const ClientOptions& options, uint64_t seed)
    : options_(options),
      replicas_(loop_, options.endpoints, options.choice,
                [this] { failover_.OnReplicasChanged(); }),
      failover_(loop_, replicas_,
                {options.retry_share, options.retry_burst, options.rounds_max.value_or(UINT32_MAX),
                 seed}),
      sessions_(loop_, failover_),
      describing_(loop_, "a replica described the cluster") {}

Outcome Client::Engine::Call(std::vector<KeyCommand> commands, Timeout timeout) {
  if (loop_.InThread()) {
    return NotSent(absl::FailedPreconditionError(
        "a callback may not wait for an answer. Give the call a callback of its own"));
  }
  // Shared: the loop's thread may still be in set_value when this one has its answer.
  const auto answer = std::make_shared<std::promise<Outcome>>();
  Start(std::move(commands), timeout,
        [answer](const Outcome& outcome) { answer->set_value(outcome); });
  return answer->get_future().get();
}

void Client::Engine::Start(std::vector<KeyCommand> commands, Timeout timeout, Callback done) {
  const auto call = std::make_shared<UserCall>(
      UserCall{.commands = std::move(commands),
               .deadline_ns = DeadlineNs(timeout.value_or(options_.timeout)),
               .done = std::move(done)});
  call->writes = Writes(call->commands);
  if (!loop_.Post([this, call] { Begin(call); })) call->done(NotSent(Closed()));
}

void Client::Engine::Begin(const CallPtr& call) {
  if (closing_) return call->done(NotSent(Closed()));
  under_way_.insert(call);
  if (const absl::Status checked = Check(call->commands); !checked.ok()) {
    return Finish(call, NotSent(checked));
  }
  if (call->writes && options_.exactly_once) return FindPartition(call);
  v1::ProposeRequest request;
  *request.mutable_request() = ToRequest(call->commands);
  call->request = failover_.Start(
      {.question = std::move(request),
       .deadline_ns = call->deadline_ns,
       .repeatable = !call->writes},
      [this, call](const Failover::End& end) { Finish(call, ToOutcome(end, call->commands)); });
}

void Client::Engine::Finish(const CallPtr& call, const Outcome& outcome) {
  if (!IsUnderWay(call)) return;
  call->done(outcome);
  under_way_.erase(call);
  if (closing_ && under_way_.empty()) CloseSessions();
}

void Client::Engine::FindPartition(const CallPtr& call) {
  if (description_) return EnterSession(call);
  const bool first = describing_.empty();
  describing_.Add(call->deadline_ns, [this, call](const Failover::End& end) {
    if (!end.status.ok()) return Finish(call, ToOutcome(end, call->commands));
    if (IsUnderWay(call)) EnterSession(call);
  });
  if (first) AskDescription();
}

void Client::Engine::AskDescription() {
  failover_.Start({.question = v1::DescribeRequest(),
                   .deadline_ns = describing_.deadline_ns(),
                   .repeatable = true,
                   .free = true},
                  [this](const Failover::End& end) {
                    if (end.status.ok()) {
                      description_ = std::get<v1::DescribeReply>(end.answer);
                      sessions_.SetLease(description_->session_ms());
                    } else if (absl::IsDeadlineExceeded(end.status) && !describing_.empty()) {
                      return AskDescription();  // For those who came later.
                    }
                    Failover::End for_all = end;
                    for_all.uncertain = false;  // Nothing was proposed.
                    describing_.Release(for_all);
                  });
}

absl::StatusOr<uint32_t> Client::Engine::PartitionOf(
    const std::vector<KeyCommand>& commands) const {
  const uint32_t partitions = std::max(description_->partitions(), uint32_t{1});
  const auto partition_of = [&](const std::string& key) {
    return PartitionOfHash(HashOfKey(key, description_->hash_seed()), partitions);
  };
  const uint32_t first = partition_of(commands.front().key);
  for (const KeyCommand& command : commands) {
    if (const uint32_t other = partition_of(command.key); other != first) {
      return absl::InvalidArgumentError(
          absl::StrCat("the keys lie in several partitions, ", first, " and ", other,
                       ". What takes effect at one moment must be on keys of one partition; "
                       "send several requests"));
    }
  }
  return first;
}

void Client::Engine::EnterSession(const CallPtr& call) {
  const absl::StatusOr<uint32_t> partition = PartitionOf(call->commands);
  if (!partition.ok()) return Finish(call, NotSent(partition.status()));
  sessions_.Enter(*partition, call->deadline_ns, [this, call](const auto& entered) {
    if (const auto* failed = std::get_if<Failover::End>(&entered)) {
      return Finish(call, ToOutcome(*failed, call->commands));
    }
    const auto& place = std::get<Sessions::Place>(entered);
    if (!IsUnderWay(call)) return sessions_.Leave(place, /*answered=*/false);
    Propose(call, place);
  });
}

void Client::Engine::Propose(const CallPtr& call, const Sessions::Place& place) {
  v1::ProposeRequest request;
  *request.mutable_request() = ToRequest(call->commands);
  Sessions::Name(place, *request.mutable_request());
  call->request = failover_.Start(
      {.question = std::move(request), .deadline_ns = call->deadline_ns, .repeatable = true},
      [this, call, place](const Failover::End& end) {
        call->request.reset();
        const bool gone = absl::IsFailedPrecondition(end.status);
        sessions_.Leave(place, end.status.ok());  // A refusal is no sign of life of the session.
        if (gone) sessions_.OnGone(place);
        if (gone && !end.uncertain && ++call->sessions_gone <= kSessionsGoneMax) {
          return EnterSession(call);  // Nothing was executed: under another number.
        }
        Finish(call, ToOutcome(end, call->commands));
      });
}

void Client::Engine::CancelCalls() {
  loop_.Post([this] {
    const std::vector<CallPtr> calls(under_way_.begin(), under_way_.end());
    for (const CallPtr& call : calls) {
      if (call->request) {
        failover_.Cancel(*call->request);  // Which ends the call.
      } else {
        Finish(call, NotSent(absl::CancelledError("the call was cancelled")));
      }
    }
  });
}

void Client::Engine::Close(absl::Duration timeout) {
  const int64_t deadline_ns = DeadlineNs(timeout);
  loop_.Post([this, deadline_ns] { BeginClosing(deadline_ns); });
  if (!loop_.InThread()) loop_.Join();
}

void Client::Engine::BeginClosing(int64_t deadline_ns) {
  if (closing_) return;
  closing_ = true;
  close_deadline_ns_ = deadline_ns;
  loop_.At(deadline_ns, [this] { Abort(); });
  if (under_way_.empty()) CloseSessions();
}

void Client::Engine::CloseSessions() {
  if (aborted_) return;
  sessions_.CloseAll(close_deadline_ns_, [this] { Abort(); });
}

void Client::Engine::Abort() {
  if (aborted_) return;
  aborted_ = true;
  failover_.CancelAll();
  replicas_.Shutdown();
  loop_.Stop();
}

}  // namespace althing
