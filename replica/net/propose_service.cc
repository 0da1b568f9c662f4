#include "replica/net/propose_service.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pb/call_metadata.h"
#include "replica/core/check.h"
#include "replica/net/grpc_status.h"
#include "replica/net/propose_call.h"
#include "replica/runtime/log_line.h"

namespace althing {
namespace {

// What a call brings may be any number; nobody waits for a year.
constexpr int64_t kDeadlineSecondsMax = 365 * 24 * 3600;
// How many calls a turn takes while some are refused: they cost as much as those that are not.
constexpr int kOffersMaxInFlood = 16;

}  // namespace

ProposeService::ProposeService(const Options& options, Channel& channel, Clock& clock,
                               Metrics& metrics)
    : options_(options),
      partition_map_(options.description.partitions(), options.description.hash_seed()),
      limits_{.key_bytes_max = options.description.key_bytes_max(),
              .value_bytes_max = options.description.value_bytes_max(),
              .bytes_max = options.description.request_bytes_max(),
              .commands_max = options.description.request_commands_max()},
      channel_(channel),
      clock_(clock),
      metrics_(metrics),
      describe_(
          [this](auto* context, auto* request, auto* responder, void* tag) {
            service_.RequestDescribe(context, request, responder, queue_, queue_, tag);
          },
          [this](const pb::DescribeRequest&, const auto& answer) {
            answer(options_.description);
          }) {
  batch_.add_requests();
}

ProposeService::~ProposeService() = default;

void ProposeService::Start(grpc::ServerCompletionQueue& queue) {
  queue_ = &queue;
  for (int i = 0; i < options_.offered_calls; ++i) Offer();
  describe_.Offer();
}

void ProposeService::EndTurn() {
  if (stopping_) return;
  const int offers_max = flooded_ ? kOffersMaxInFlood : owed_;
  for (int i = 0; i < offers_max && owed_ > 0; ++i, --owed_) Offer();
  flooded_ = false;
}

void ProposeService::Offer() {
  if (idle_.empty()) {
    calls_.push_back(std::make_unique<ProposeCall>(this));
    idle_.push_back(calls_.back().get());
  }
  ProposeCall* call = idle_.back();
  idle_.pop_back();
  call->Reset();
  service_.RequestPropose(&*call->context, &call->request, &*call->responder, queue_, queue_,
                          &call->accepted);
}

void ProposeService::OnAccepted(ProposeCall* call, bool ok) {
  if (!ok) return;
  if (stopping_) {
    // It came in the instant in which the server stopped.
    const absl::Status status =
        absl::UnavailableError("the replica is stopping; the write did not happen");
    metrics_.OnAnswer(status);
    return Fail(call, status, kWrittenNo);
  }
  ++owed_;
  const absl::Status status = Propose(call);
  call->FreeLargeRequest();
  if (status.ok()) return;
  // The event loop never hears of it, so it is counted here.
  metrics_.OnAnswer(status);
  Fail(call, status, kWrittenNo);
}

absl::Status ProposeService::Propose(ProposeCall* call) {
  pb::Request* request = call->request.mutable_request();
  std::string batch = EncodeBatch(request);
  RequestReader reader(batch);
  RequestView view;
  CHECK(reader.Next(&view));
  absl::Status status = CheckRequest(view, limits_);
  if (!status.ok()) return status;
  if (bytes_ > 0 && bytes_ + batch.size() > options_.bytes_max) {
    return absl::ResourceExhaustedError(absl::StrCat(
        bytes_, " bytes of requests and answers are under way, and queues.client_bytes_max is ",
        options_.bytes_max, "; the write did not happen: try again later"));
  }
  const absl::StatusOr<PartitionId> partition = FindPartition(*request);
  if (!partition.ok()) return partition.status();

  const int64_t now_ns = clock_.NowNs();
  const RequestId id{++last_request_};
  call->partition = *partition;
  call->id = id;
  call->arrival_ns = now_ns;
  call->deadline_ns = DeadlineNs(*call, now_ns);
  const size_t bytes = batch.size();
  status =
      channel_.Push({*partition, now_ns, ClientProposal{id, std::move(batch), call->deadline_ns}});
  if (!status.ok()) return status;
  call->bytes = bytes;
  bytes_ += bytes;
  waiting_.emplace(id, call);
  deadlines_.emplace(call->deadline_ns, call);
  return absl::OkStatus();
}

absl::StatusOr<PartitionId> ProposeService::FindPartition(const pb::Request& request) const {
  std::optional<uint32_t> named;
  if (request.has_open()) named = request.open().partition();
  if (request.has_session()) named = request.session().partition();
  if (named.has_value() && *named >= partition_map_.partitions()) {
    return absl::InvalidArgumentError(
        absl::StrCat("partition ", *named, " does not exist; there ",
                     partition_map_.partitions() == 1 ? "is " : "are ", partition_map_.partitions(),
                     ", from 0"));
  }
  for (const pb::Command& command : request.commands()) {
    const uint32_t own = partition_map_.Find(command.key()).value;
    if (!named.has_value()) named = own;
    if (own == *named) continue;
    return absl::InvalidArgumentError(
        request.has_session()
            ? absl::StrCat("a key is in partition ", own, " and the session in ", *named,
                           ": use a session of the key's partition")
            : absl::StrCat("the request has keys in partitions ", *named, " and ", own,
                           "; it takes effect at one moment in one partition: send one request "
                           "for each"));
  }
  return PartitionId{*named};
}

std::string ProposeService::EncodeBatch(pb::Request* request) {
  batch_.mutable_requests(0)->Swap(request);
  std::string bytes = batch_.SerializeAsString();
  batch_.mutable_requests(0)->Swap(request);
  return bytes;
}

int64_t ProposeService::DeadlineNs(const ProposeCall& call, int64_t now_ns) {
  const gpr_timespec deadline = call.context->raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return now_ns + options_.request_ns;
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return now_ns + std::min(left.tv_sec, kDeadlineSecondsMax) * 1'000'000'000 + left.tv_nsec;
}

bool ProposeService::Answer(RequestId request, const absl::Status& status,
                            const pb::ProposeReply& reply) {
  ProposeCall* call = TakeWaiting(request);
  if (call == nullptr) return false;
  if (!status.ok()) {
    // Of a session that is gone nobody knows what an earlier proposal of the request did.
    const bool unknown = absl::IsFailedPrecondition(status);
    Fail(call, status, unknown ? kWrittenUnknown : kWrittenNo);
    return true;
  }
  ++finishing_;
  const int64_t now_ns = clock_.NowNs();
  CountEnd(*call, now_ns);
  call->bytes = reply.ByteSizeLong();
  bytes_ += call->bytes;
  call->deadline_ns = now_ns + options_.request_ns;
  deadlines_.emplace(call->deadline_ns, call);
  call->responder->Finish(reply, grpc::Status::OK, &call->finished);
  return true;
}

ProposeCall* ProposeService::TakeWaiting(RequestId request) {
  const auto found = waiting_.find(request);
  if (found == waiting_.end()) return nullptr;
  ProposeCall* call = found->second;
  waiting_.erase(found);
  bytes_ -= call->bytes;
  call->bytes = 0;
  deadlines_.erase({call->deadline_ns, call});
  return call;
}

void ProposeService::Fail(ProposeCall* call, const absl::Status& status, const char* written) {
  flooded_ = flooded_ || absl::IsResourceExhausted(status);
  ++finishing_;
  LogFailure(status, written);
  call->context->AddTrailingMetadata(kWrittenKey, written);
  call->responder->FinishWithError(ToGrpc(status), &call->finished);
}

void ProposeService::LogFailure(const absl::Status& status, const char* written) {
  if (!LogsAt(LogLevel::kDebug)) return;
  const std::optional<uint64_t> left_out = failure_limit_.Admit(clock_.NowNs());
  if (!left_out.has_value()) return;
  LogDebug("call_failed", {{"code", absl::StatusCodeToString(status.code())},
                           {"written", written},
                           {"why", status.message()},
                           {"left_out", *left_out}});
}

void ProposeService::OnFinished(ProposeCall* call) {
  --finishing_;
  bytes_ -= call->bytes;
  call->bytes = 0;
  deadlines_.erase({call->deadline_ns, call});
  idle_.push_back(call);
}

void ProposeService::ExpireOverdue(int64_t now_ns) {
  describe_.OnTime(now_ns);
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_ns) {
    ProposeCall* call = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    if (!waiting_.contains(call->id)) {
      call->context->TryCancel();
      continue;
    }
    const absl::Status pushed = channel_.Push({call->partition, now_ns, ProposalExpired{call->id}});
    CHECK(pushed.ok());  // ProposalExpired has no bound: there is one at most for each proposal.
  }
}

void ProposeService::Expire(RequestId request) {
  if (waiting_.contains(request)) {
    FinishUnknown(request, "the deadline passed before the request was executed");
  }
}

void ProposeService::Stop(const std::string& why) {
  stopping_ = true;
  describe_.Stop();
  std::vector<RequestId> left;
  for (const auto& [request, call] : waiting_) left.push_back(request);
  for (const RequestId request : left) FinishUnknown(request, why);
}

void ProposeService::FinishUnknown(RequestId request, const std::string& why) {
  const absl::Status status =
      absl::DeadlineExceededError(absl::StrCat(why, "; outcome unknown: read the key to learn it"));
  metrics_.OnAnswer(status);
  ProposeCall* call = TakeWaiting(request);
  CountEnd(*call, clock_.NowNs());
  Fail(call, status, kWrittenUnknown);
}

void ProposeService::CountEnd(const ProposeCall& call, int64_t now_ns) {
  metrics_.OnCallEnded(now_ns, now_ns - call.arrival_ns);
}

}  // namespace althing
