#include "client/load_loop.h"

#include <grpc/support/time.h>

#include <chrono>
#include <string>
#include <utility>

#include "client/library/channel.h"

namespace althing {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kLookEveryNs = 50'000'000;

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

// One of the operations under way; its messages keep their memory from use to use.
struct LoadLoop::Call {
  explicit Call(size_t slot) : slot(slot) {}

  const size_t slot;
  WorkItem item;
  int64_t sent_ns = 0;
  v1::ProposeRequest request;
  v1::ProposeReply reply;
  grpc::Status status;
  std::optional<grpc::ClientContext> context;
  // After `context`: it lives in the memory of the context's call, so it must go first.
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ProposeReply>> reader;
};

LoadLoop::LoadLoop(AdminClient& client, Generator& generator, const LoadOptions& options)
    : client_(client), generator_(generator), options_(options), conflicts_(options.concurrency) {
  for (size_t slot = 0; slot < options_.concurrency; ++slot) {
    calls_.push_back(std::make_unique<Call>(slot));
  }
}

LoadLoop::~LoadLoop() { queue_.Shutdown(); }

bool LoadLoop::MaySend(const LoadGoal& goal, int64_t now_ns) const {
  if (result_.interrupted || sent_ >= goal.operations) return false;
  return !goal.duration || now_ns - start_ns_ < absl::ToInt64Nanoseconds(*goal.duration);
}

void LoadLoop::Send(Call& call, const LoadGoal& goal, int64_t now_ns) {
  call.item = goal.writes_only ? generator_.NextWrite() : generator_.Next();
  v1::Request& request = *call.request.mutable_request();
  v1::Command& command =
      request.commands_size() > 0 ? *request.mutable_commands(0) : *request.add_commands();
  command.set_operation(call.item.read ? v1::OPERATION_GET : v1::OPERATION_PUT);
  generator_.WriteKey(call.item.key, command.mutable_key());
  if (call.item.read) {
    command.clear_value();
  } else {
    generator_.WriteValue(command.mutable_value());
  }
  const size_t endpoint = options_.route[next_on_route_];
  next_on_route_ = (next_on_route_ + 1) % options_.route.size();
  call.reader.reset();
  call.context.emplace();
  call.context->set_deadline(std::chrono::system_clock::now() +
                             absl::ToChronoMilliseconds(options_.timeout));
  conflicts_.Begin(call.slot, call.item.key, !call.item.read);
  call.sent_ns = now_ns;
  call.reader = client_.kv(endpoint).AsyncPropose(&*call.context, call.request, &queue_);
  call.reader->Finish(&call.reply, &call.status, &call);
  ++sent_;
  ++outstanding_;
}

absl::Status LoadLoop::StatusOf(const Call& call) {
  if (!call.status.ok()) return ToAbslStatus(call.status);
  return CheckReply(call.request.request(), call.reply);
}

void LoadLoop::Record(const Call& call, int64_t now_ns) const {
  const bool cancelled = call.status.error_code() == grpc::StatusCode::CANCELLED;
  const CallOutcome outcome = {.status = StatusOf(call),
                               .sent = true,
                               .write = !call.item.read,
                               .refused = IsRefused(*call.context, call.status)};
  options_.record({call.slot, call.request.request().commands(0), call.reply, outcome, call.sent_ns,
                   cancelled ? std::nullopt : std::optional(now_ns)});
}

void LoadLoop::Finish(Call& call, int64_t now_ns) {
  --outstanding_;
  if (options_.record) Record(call, now_ns);
  const bool in_conflict = conflicts_.End(call.slot);
  if (result_.interrupted && call.status.error_code() == grpc::StatusCode::CANCELLED) {
    ++result_.cancelled;
    return;
  }
  ++result_.finished;
  ++(call.item.read ? result_.reads : result_.writes);
  if (in_conflict) ++result_.conflicts;
  const absl::Status status = StatusOf(call);
  if (!status.ok()) {
    ++result_.errors[status.code()];
    result_.error_texts.try_emplace(status.code(), status.message());
    return;
  }
  ++result_.ok;
  result_.latency_ns.Add(static_cast<uint64_t>(now_ns - call.sent_ns));
  if (call.item.read) {
    ++result_.reads_ok;
    if (call.reply.results(0).found()) ++result_.read_hits;
  }
}

void LoadLoop::Look(int64_t now_ns, const std::function<void(const LoadResult&)>& each_second) {
  if (!result_.interrupted && client_.interrupted()) {
    result_.interrupted = true;
    for (const auto& call : calls_) {
      if (call->context) call->context->TryCancel();
    }
  }
  if (now_ns < next_second_ns_) return;
  next_second_ns_ += kSecondNs;
  result_.duration_ns = now_ns - start_ns_;
  if (each_second) each_second(result_);
}

LoadResult LoadLoop::Run(const LoadGoal& goal,
                         const std::function<void(const LoadResult&)>& each_second) {
  result_ = LoadResult();
  sent_ = 0;
  int64_t now_ns = start_ns_ = NowNs();
  next_second_ns_ = start_ns_ + kSecondNs;
  for (const auto& call : calls_) {
    if (MaySend(goal, now_ns)) Send(*call, goal, now_ns);
  }
  int64_t look_ns = now_ns + kLookEveryNs;
  gpr_timespec look_at =
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(kLookEveryNs, GPR_TIMESPAN));
  while (outstanding_ > 0) {
    void* tag = nullptr;
    bool ok = false;
    const auto next = queue_.AsyncNext(&tag, &ok, look_at);
    now_ns = NowNs();
    if (next == grpc::CompletionQueue::GOT_EVENT) {
      Call& call = *static_cast<Call*>(tag);
      Finish(call, now_ns);
      if (MaySend(goal, now_ns)) Send(call, goal, now_ns);
    }
    if (now_ns >= look_ns) {
      Look(now_ns, each_second);
      look_ns = now_ns + kLookEveryNs;
      look_at = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                             gpr_time_from_nanos(kLookEveryNs, GPR_TIMESPAN));
    }
  }
  result_.duration_ns = now_ns - start_ns_;
  return std::move(result_);
}

}  // namespace althing
