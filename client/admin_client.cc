#include "client/admin_client.h"

#include <grpcpp/completion_queue.h>

#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "client/library/channel.h"

namespace althing {
namespace {

constexpr auto kLookForInterruption = std::chrono::milliseconds(20);

absl::Status NotConnected(bool interrupted) {
  return interrupted ? absl::CancelledError("interrupted before the call was sent")
                     : absl::UnavailableError("no connection could be made");
}

}  // namespace

struct AdminClient::Replica {
  explicit Replica(const std::string& address)
      : channel(MakeChannel(address)), kv(channel), admin(channel) {}

  std::shared_ptr<grpc::Channel> channel;
  v1::KV::Stub kv;
  v1::Admin::Stub admin;
};

AdminClient::AdminClient(std::vector<Endpoint> endpoints, std::function<bool()> interrupted)
    : endpoints_(std::move(endpoints)), interrupted_(std::move(interrupted)) {
  for (const Endpoint& endpoint : endpoints_) {
    replicas_.push_back(std::make_unique<Replica>(endpoint.address));
  }
}

AdminClient::~AdminClient() = default;

template <typename Reply, typename Start>
std::vector<CallResult<Reply>> AdminClient::CallAll(const std::vector<size_t>& endpoints,
                                                    absl::Duration timeout, Start start) {
  struct Call {
    grpc::ClientContext context;
    Reply reply;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Reply>> reader;
  };
  const absl::Time deadline = absl::Now() + timeout;
  for (size_t endpoint : endpoints) replicas_[endpoint]->channel->GetState(true);  // All at once.
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Call>> calls(endpoints.size());
  size_t open = 0;
  for (size_t i = 0; i < endpoints.size(); ++i) {
    if (!AwaitConnection(endpoints[i], deadline)) continue;
    calls[i] = std::make_unique<Call>();
    Call& call = *calls[i];
    call.context.set_deadline(absl::ToChronoTime(deadline));
    call.reader = start(*replicas_[endpoints[i]], call.context, queue);
    call.reader->Finish(&call.reply, &call.status, &call);
    ++open;
  }
  bool cancelled = false;
  while (open > 0) {
    void* tag = nullptr;
    bool ok = false;
    const auto look_at = std::chrono::system_clock::now() + kLookForInterruption;
    if (queue.AsyncNext(&tag, &ok, look_at) == grpc::CompletionQueue::GOT_EVENT) {
      --open;
    } else if (!cancelled && interrupted()) {
      cancelled = true;
      for (const auto& call : calls) {
        if (call) call->context.TryCancel();
      }
    }
  }
  std::vector<CallResult<Reply>> results;
  for (const auto& call : calls) {
    if (call) {
      results.push_back({ToAbslStatus(call->status), true, std::move(call->reply),
                         IsRefused(call->context, call->status)});
    } else {
      results.push_back({NotConnected(interrupted()), false, Reply()});
    }
  }
  queue.Shutdown();
  return results;
}

CallResult<v1::ProposeReply> AdminClient::Propose(size_t endpoint, const v1::Command& command,
                                                  absl::Duration timeout) {
  v1::ProposeRequest request;
  *request.mutable_request()->add_commands() = command;
  auto results = CallAll<v1::ProposeReply>(
      {endpoint}, timeout, [&request](Replica& replica, auto& context, auto& queue) {
        return replica.kv.AsyncPropose(&context, request, &queue);
      });
  CallResult<v1::ProposeReply>& result = results.front();
  if (result.status.ok()) result.status = CheckReply(request.request(), result.reply);
  return std::move(result);
}

std::vector<CallResult<v1::StatusReply>> AdminClient::Status(const std::vector<size_t>& endpoints,
                                                             absl::Duration timeout) {
  return CallAll<v1::StatusReply>(
      endpoints, timeout, [](Replica& replica, auto& context, auto& queue) {
        return replica.admin.AsyncStatus(&context, v1::StatusRequest(), &queue);
      });
}

std::vector<CallResult<v1::MetricsReply>> AdminClient::Metrics(const std::vector<size_t>& endpoints,
                                                               absl::Duration timeout) {
  return CallAll<v1::MetricsReply>(
      endpoints, timeout, [](Replica& replica, auto& context, auto& queue) {
        return replica.admin.AsyncMetrics(&context, v1::MetricsRequest(), &queue);
      });
}

std::vector<CallResult<v1::TraceReply>> AdminClient::Trace(const std::vector<size_t>& endpoints,
                                                           uint32_t level, absl::Duration timeout) {
  v1::TraceRequest request;
  request.set_level(level);
  return CallAll<v1::TraceReply>(endpoints, timeout,
                                 [&request](Replica& replica, auto& context, auto& queue) {
                                   return replica.admin.AsyncTrace(&context, request, &queue);
                                 });
}

std::vector<CallResult<v1::SetSchedulerReply>> AdminClient::SetScheduler(
    const std::vector<size_t>& endpoints, const v1::SetSchedulerRequest& request,
    absl::Duration timeout) {
  return CallAll<v1::SetSchedulerReply>(
      endpoints, timeout, [&request](Replica& replica, auto& context, auto& queue) {
        return replica.admin.AsyncSetScheduler(&context, request, &queue);
      });
}

std::vector<CallResult<v1::SetLogLevelReply>> AdminClient::SetLogLevel(
    const std::vector<size_t>& endpoints, const std::string& level, absl::Duration timeout) {
  v1::SetLogLevelRequest request;
  request.set_level(level);
  return CallAll<v1::SetLogLevelReply>(
      endpoints, timeout, [&request](Replica& replica, auto& context, auto& queue) {
        return replica.admin.AsyncSetLogLevel(&context, request, &queue);
      });
}

std::vector<CallResult<v1::ExplainReply>> AdminClient::Explain(const std::vector<size_t>& endpoints,
                                                               const v1::ExplainRequest& request,
                                                               absl::Duration timeout) {
  return CallAll<v1::ExplainReply>(endpoints, timeout,
                                   [&request](Replica& replica, auto& context, auto& queue) {
                                     return replica.admin.AsyncExplain(&context, request, &queue);
                                   });
}

std::vector<CallResult<v1::TraceEventsReply>> AdminClient::TraceEvents(
    const std::vector<size_t>& endpoints, const v1::TraceEventsRequest& request,
    absl::Duration timeout) {
  return CallAll<v1::TraceEventsReply>(
      endpoints, timeout, [&request](Replica& replica, auto& context, auto& queue) {
        return replica.admin.AsyncTraceEvents(&context, request, &queue);
      });
}

bool AdminClient::AwaitConnection(size_t endpoint, absl::Time deadline) {
  grpc::Channel& channel = *replicas_[endpoint]->channel;
  for (;;) {
    const grpc_connectivity_state state = channel.GetState(true);
    if (state == GRPC_CHANNEL_READY) return true;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || interrupted() || absl::Now() >= deadline) {
      return false;
    }
    channel.WaitForStateChange(state, std::chrono::system_clock::now() + kLookForInterruption);
  }
}

bool AdminClient::Connect(size_t endpoint, absl::Duration timeout) {
  grpc::Channel& channel = *replicas_[endpoint]->channel;
  const absl::Time deadline = absl::Now() + timeout;
  while (absl::Now() < deadline && !interrupted()) {
    if (channel.WaitForConnected(std::chrono::system_clock::now() + kLookForInterruption)) {
      return true;
    }
  }
  return false;
}

v1::KV::Stub& AdminClient::kv(size_t endpoint) { return replicas_[endpoint]->kv; }

}  // namespace althing
