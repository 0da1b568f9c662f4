#include "tests/process/flood.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/workload/random.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/create_channel.h"
#include "pb/kv.grpc.pb.h"

namespace althing {
namespace {

v1::ProposeRequest MakePut(uint64_t key) {
  v1::ProposeRequest request;
  v1::Command& command = *request.mutable_request()->add_commands();
  command.set_operation(v1::OPERATION_PUT);
  command.set_key(absl::StrCat("flood", key));
  command.set_value("0123456789abcdef");
  return request;
}

constexpr int kStartsMax = 16;

struct Call {
  grpc::ClientContext context;
  v1::ProposeReply reply;
  grpc::Status status;
  absl::Time begin;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ProposeReply>> reader;
};

class Flood {
 public:
  explicit Flood(const FloodPlan& plan) : plan_(plan) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    stub_ = v1::KV::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", plan.port), grpc::InsecureChannelCredentials(), arguments));
  }

  FloodResult Run() {
    const absl::Time begin = absl::Now();
    end_ = begin + plan_.length;
    for (absl::Time now = begin; now < end_ || under_way_ > 0; now = absl::Now()) {
      const bool open = now < end_;
      const double due =
          absl::ToDoubleSeconds(now - begin) * static_cast<double>(plan_.calls_per_second);
      // A few at a time: what is read from the connection is read by this thread too.
      bool behind = open;
      for (int i = 0; i < kStartsMax && behind; ++i) {
        behind = under_way_ < plan_.calls_max &&
                 (plan_.calls_per_second == 0 || static_cast<double>(result_.calls) < due);
        if (behind) Start(now);
      }
      TakeAnswers(behind ? absl::UnixEpoch() : now + absl::Milliseconds(1));
    }
    std::sort(result_.refused_after.begin(), result_.refused_after.end());
    return result_;
  }

 private:
  void Start(absl::Time now) {
    auto call = std::make_unique<Call>();
    call->begin = now;
    call->context.set_deadline(absl::ToChronoTime(now + plan_.timeout));
    call->reader = stub_->AsyncPropose(&call->context, MakePut(random_.Below(100'000)), &queue_);
    call->reader->Finish(&call->reply, &call->status, call.get());
    call.release();  // Its tag owns it until the answer is taken.
    ++under_way_;
    ++result_.calls;
  }
  // All that are there, or the first that comes until then.
  void TakeAnswers(absl::Time until) {
    void* tag = nullptr;
    bool ok = false;
    while (under_way_ > 0 && queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(until)) ==
                                 grpc::CompletionQueue::GOT_EVENT) {
      --under_way_;
      Count(*std::unique_ptr<Call>(static_cast<Call*>(tag)));
      until = absl::UnixEpoch();
    }
  }
  void Count(const Call& call) {
    const absl::Time now = absl::Now();
    if (call.status.ok()) {
      if (now <= end_) ++result_.ok;
      return;
    }
    const auto code = static_cast<absl::StatusCode>(call.status.error_code());
    ++result_.errors[absl::StatusCodeToString(code)];
    if (code == absl::StatusCode::kResourceExhausted) {
      result_.refused_after.push_back(now - call.begin);
    }
  }

  const FloodPlan plan_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<v1::KV::Stub> stub_;
  Random random_{1};
  absl::Time end_;
  uint64_t under_way_ = 0;
  FloodResult result_;
};

}  // namespace

absl::Duration FloodResult::RefusedWithin(double share) const {
  if (refused_after.empty()) return absl::ZeroDuration();
  const double last = static_cast<double>(refused_after.size() - 1);
  return refused_after[static_cast<size_t>(share * last)];
}

std::string FloodResult::InWords() const {
  std::string words = absl::StrCat(calls, " calls, ", ok, " ok in time");
  for (const auto& [code, count] : errors) absl::StrAppend(&words, ", ", count, " ", code);
  absl::StrAppend(&words, ", refused within ", absl::FormatDuration(RefusedWithin(0.5)),
                  ", 99 % within ", absl::FormatDuration(RefusedWithin(0.99)));
  return words;
}

FloodResult RunFlood(const FloodPlan& plan) { return Flood(plan).Run(); }

}  // namespace althing
