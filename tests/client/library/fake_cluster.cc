#include "tests/client/library/fake_cluster.h"

#include <grpcpp/server_builder.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pb/call_metadata.h"
#include "pb/key_partition.h"

namespace althing {
namespace {

constexpr uint64_t kSeed = 42;

grpc::Status Refused(grpc::ServerContext& context, grpc::StatusCode code, const char* text) {
  context.AddTrailingMetadata(kWrittenKey, kWrittenNo);
  return grpc::Status(code, text);
}

bool Holds(const v1::Command& command, bool present, const std::string& value, uint64_t version) {
  if (command.has_if_value()) return present && value == command.if_value();
  if (!command.has_if_version()) return true;
  return command.if_version() == 0 ? !present : version == command.if_version();
}

}  // namespace

struct FakeCluster::Service final : v1::KV::Service {
  Service(FakeCluster& cluster, size_t replica) : cluster(cluster), replica(replica) {}

  void Start() {
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(this);
    server = builder.BuildAndStart();
  }
  void Stop() {
    if (server != nullptr) server->Shutdown(std::chrono::system_clock::now());
    server.reset();
  }
  grpc::Status Propose(grpc::ServerContext* context, const v1::ProposeRequest* request,
                       v1::ProposeReply* reply) override {
    return cluster.Propose(replica, *context, request->request(), *reply);
  }
  grpc::Status Describe(grpc::ServerContext*, const v1::DescribeRequest*,
                        v1::DescribeReply* reply) override {
    ++cluster.descriptions_;
    reply->set_partitions(cluster.partitions_);
    reply->set_hash_seed(kSeed);
    reply->set_session_ms(cluster.session_ms_);
    return grpc::Status::OK;
  }

  FakeCluster& cluster;
  const size_t replica;
  int port = 0;
  std::unique_ptr<grpc::Server> server;
};

FakeCluster::FakeCluster(size_t replicas, Behave behave, uint32_t partitions, uint32_t session_ms)
    : behave_(std::move(behave)), partitions_(partitions), session_ms_(session_ms) {
  for (size_t i = 0; i < replicas; ++i) {
    services_.push_back(std::make_unique<Service>(*this, i));
    services_.back()->Start();
  }
}

FakeCluster::~FakeCluster() {
  for (const auto& service : services_) service->Stop();
}

std::vector<Endpoint> FakeCluster::endpoints() const {
  std::vector<Endpoint> endpoints;
  for (const auto& service : services_) {
    endpoints.push_back(
        {static_cast<uint32_t>(service->replica), absl::StrCat("127.0.0.1:", service->port)});
  }
  return endpoints;
}

void FakeCluster::Stop(size_t replica) { services_[replica]->Stop(); }
void FakeCluster::Start(size_t replica) { services_[replica]->Start(); }

std::string FakeCluster::Value(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = cells_.find(key);
  return found == cells_.end() ? "" : found->second.value;
}

std::vector<Seen> FakeCluster::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

size_t FakeCluster::CountSeen(const std::function<bool(const v1::Request&)>& which) const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(
      seen_.begin(), seen_.end(), [&which](const Seen& seen) { return which(seen.request); }));
}

size_t FakeCluster::open_sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

grpc::Status FakeCluster::Propose(size_t replica, grpc::ServerContext& context,
                                  const v1::Request& request, v1::ProposeReply& reply) {
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back({replica, request});
  }
  const Act act = behave_ ? behave_(replica, request) : Act::kServe;
  switch (act) {
    case Act::kRefuse:
      return Refused(context, grpc::StatusCode::UNAVAILABLE, "alone");
    case Act::kOverloaded:
      return Refused(context, grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full");
    case Act::kBreak:
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed");
    case Act::kHang:
      while (!context.IsCancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return grpc::Status::CANCELLED;
    default:
      break;
  }
  const std::lock_guard lock(mutex_);
  if (act == Act::kForget) sessions_.erase(request.session().slot());
  const grpc::Status status = Execute(replica, request, reply);
  if (act != Act::kExecuteBreak) return status;
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed");
}

grpc::Status FakeCluster::Execute(size_t replica, const v1::Request& request,
                                  v1::ProposeReply& reply) {
  reply.set_replica(static_cast<uint32_t>(replica));
  reply.mutable_instance()->set_slot(++slot_);
  if (request.has_open()) {
    sessions_[slot_].partition = request.open().partition();
    reply.mutable_session()->set_slot(slot_);
    reply.mutable_session()->set_partition(request.open().partition());
    return grpc::Status::OK;
  }
  if (request.has_session()) return ExecuteInSession(request, reply);
  RunCommands(request, reply);
  return grpc::Status::OK;
}

grpc::Status FakeCluster::ExecuteInSession(const v1::Request& request, v1::ProposeReply& reply) {
  const auto found = sessions_.find(request.session().slot());
  if (found == sessions_.end()) {
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "the session is not open");
  }
  Session& session = found->second;
  if (request.has_close()) {
    sessions_.erase(found);
  } else if (request.has_trim()) {
    session.low = std::max(session.low, request.trim().below());
    session.answers.erase(session.answers.begin(), session.answers.lower_bound(session.low));
  } else if (!request.has_keep()) {
    if (request.number() < session.low) {
      return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "the number was trimmed");
    }
    const auto answer = session.answers.find(request.number());
    if (answer != session.answers.end()) {
      const uint32_t replica = reply.replica();
      reply = answer->second;
      reply.set_replica(replica);
      reply.set_repeated(true);
      return grpc::Status::OK;
    }
    RunCommands(request, reply);
    session.answers[request.number()] = reply;
  }
  return grpc::Status::OK;
}

void FakeCluster::RunCommands(const v1::Request& request, v1::ProposeReply& reply) {
  std::map<std::string, Cell> after = cells_;
  bool failed = false;
  for (const v1::Command& command : request.commands()) {
    reply.set_partition(PartitionOfHash(HashOfKey(command.key(), kSeed), partitions_));
    Cell& cell = after[command.key()];
    v1::Result& result = *reply.add_results();
    result.set_found(cell.present);
    const bool holds = Holds(command, cell.present, cell.value, cell.version);
    if (!holds) failed = true;
    result.set_condition_failed(!holds);
    if (!holds || command.operation() == v1::OPERATION_GET) {
      result.set_value(cell.value);
    } else if (command.operation() == v1::OPERATION_DELETE) {
      cell = {false, "", cell.version + 1};
    } else {
      const bool append = command.operation() == v1::OPERATION_APPEND;
      cell = {true, (append ? cell.value : "") + command.value(), cell.version + 1};
    }
    result.set_version(cell.version);
  }
  if (!failed) cells_ = std::move(after);
}

}  // namespace althing
