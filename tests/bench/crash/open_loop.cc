#include "tests/bench/crash/open_loop.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/library/loop.h"

namespace althing {
namespace {

// Commands that are due are sent together so often.
constexpr int64_t kRoundNs = 500'000;

}  // namespace

struct OpenLoop::Call {
  CrashSample sample;
  bool recorded = true;
  v1::ProposeRequest request;
  v1::ProposeReply reply;
  grpc::Status status;
  grpc::ClientContext context;
  // After `context`: it lives in the memory of the context's call, so it must go first.
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ProposeReply>> reader;
};

OpenLoop::OpenLoop(AdminClient& client, const OpenLoopPlan& plan, size_t mortal)
    : client_(client), plan_(plan), mortal_(mortal), random_(plan.seed) {}

OpenLoop::~OpenLoop() { queue_.Shutdown(); }

std::vector<CrashSample> OpenLoop::Run() {
  const double interval_ns = static_cast<double>(kSecond) / plan_.per_second;
  const size_t endpoints = client_.endpoints().size();
  for (uint64_t i = 0;;) {
    const int64_t now_ns = NowNs();
    int64_t due_ns = 0;
    for (;; ++i) {
      due_ns = plan_.begin_ns + static_cast<int64_t>(static_cast<double>(i) * interval_ns);
      if (due_ns > now_ns || due_ns >= plan_.end_ns) break;
      Send(i % endpoints, due_ns);
    }
    if (due_ns >= plan_.end_ns) break;
    Receive(std::max(due_ns, now_ns + kRoundNs));
  }
  while (outstanding_ > 0) Receive(NowNs() + kSecond);
  return std::move(samples_);
}

void OpenLoop::Send(size_t endpoint, int64_t due_ns) {
  // Drawn whether or not it is used, so that the others' commands do not change.
  const bool drawn = random_.Percent(plan_.shared_percent);
  if (endpoint == mortal_ && left_out_) return;
  const bool shared = drawn || endpoint == mortal_;
  auto call = std::make_unique<Call>();
  call->sample.call_ns = due_ns;
  call->sample.shared_key = shared;
  call->recorded = endpoint != mortal_;
  v1::Command& command = *call->request.mutable_request()->add_commands();
  command.set_operation(v1::OPERATION_PUT);
  command.set_key(absl::StrCat(plan_.key_prefix, shared ? "shared" : absl::StrCat("k", sent_)));
  command.set_value(absl::StrCat(absl::Dec(sent_, absl::kZeroPad16)));
  ++sent_;
  call->context.set_deadline(std::chrono::system_clock::now() +
                             absl::ToChronoMilliseconds(plan_.timeout));
  call->reader = client_.kv(endpoint).AsyncPropose(&call->context, call->request, &queue_);
  call->reader->Finish(&call->reply, &call->status, call.get());
  call.release();  // Until its answer.
  ++outstanding_;
}

void OpenLoop::Receive(int64_t until_ns) {
  do {
    const int64_t left_ns = std::max<int64_t>(0, until_ns - NowNs());
    const gpr_timespec until =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(left_ns, GPR_TIMESPAN));
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) return;
    const std::unique_ptr<Call> call(static_cast<Call*>(tag));
    --outstanding_;
    if (!call->recorded) continue;
    call->sample.return_ns = NowNs();
    call->sample.ok = call->status.ok();
    samples_.push_back(call->sample);
  } while (NowNs() < until_ns);
}

}  // namespace althing
