// A replica that answers from a map and says what the test tells it to say, on a real port. It lets
// open as many sessions as are asked for, and does not look at them.
#ifndef ALTHING_TESTS_CLIENT_FAKE_REPLICA_H_
#define ALTHING_TESTS_CLIENT_FAKE_REPLICA_H_

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "pb/admin.grpc.pb.h"
#include "pb/kv.grpc.pb.h"

namespace althing {

class FakeReplica final {
 public:
  // Called for each proposal of commands, with the first of them, from several threads; a code
  // other than OK is the answer.
  using Refuse = std::function<grpc::Status(grpc::ServerContext&, const v1::Command&)>;

  explicit FakeReplica(uint32_t replica, Refuse refuse = nullptr)
      : kv_(*this), admin_(*this), replica_(replica), refuse_(std::move(refuse)) {
    status.set_replica(replica);
    status.set_cluster_id("althing");
    status.set_ready(true);
    status.set_members(1);
    status.set_durability("none");
    status.set_incoming_scheduler("fifo");
    status.set_outgoing_scheduler("fifo");
    status.set_log_level("info");
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&kv_);
    builder.RegisterService(&admin_);
    server_ = builder.BuildAndStart();
  }
  ~FakeReplica() { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  int proposals() const {
    const std::lock_guard lock(mutex_);
    return proposals_;
  }

  // Set before the first call.
  v1::StatusReply status;
  std::string metrics = "{}";
  v1::ExplainReply explanation;
  v1::TraceEventsReply trace_events;
  // What was asked last.
  v1::ExplainRequest explain_request;
  v1::TraceEventsRequest trace_request;
  grpc::Status admin_status;

 private:
  struct Kv final : v1::KV::Service {
    explicit Kv(FakeReplica& owner) : owner(owner) {}
    grpc::Status Propose(grpc::ServerContext* context, const v1::ProposeRequest* request,
                         v1::ProposeReply* reply) override {
      if (request->request().commands().empty()) return grpc::Status::OK;  // Of a session.
      return owner.Propose(*context, request->request(), *reply);
    }
    grpc::Status Describe(grpc::ServerContext*, const v1::DescribeRequest*,
                          v1::DescribeReply* reply) override {
      reply->set_partitions(1);
      return grpc::Status::OK;
    }
    FakeReplica& owner;
  };
  struct Admin final : v1::Admin::Service {
    explicit Admin(FakeReplica& owner) : owner(owner) {}
    grpc::Status Status(grpc::ServerContext*, const v1::StatusRequest*,
                        v1::StatusReply* reply) override {
      *reply = owner.status;
      return owner.admin_status;
    }
    grpc::Status Metrics(grpc::ServerContext*, const v1::MetricsRequest*,
                         v1::MetricsReply* reply) override {
      reply->set_json(owner.metrics);
      return owner.admin_status;
    }
    grpc::Status Trace(grpc::ServerContext*, const v1::TraceRequest* request,
                       v1::TraceReply* reply) override {
      reply->set_previous_level(owner.status.trace_level());
      owner.status.set_trace_level(request->level());
      return owner.admin_status;
    }
    grpc::Status Explain(grpc::ServerContext*, const v1::ExplainRequest* request,
                         v1::ExplainReply* reply) override {
      owner.explain_request = *request;
      *reply = owner.explanation;
      return owner.admin_status;
    }
    grpc::Status TraceEvents(grpc::ServerContext*, const v1::TraceEventsRequest* request,
                             v1::TraceEventsReply* reply) override {
      owner.trace_request = *request;
      *reply = owner.trace_events;
      return owner.admin_status;
    }
    grpc::Status SetScheduler(grpc::ServerContext*, const v1::SetSchedulerRequest* request,
                              v1::SetSchedulerReply* reply) override {
      reply->set_previous_incoming(owner.status.incoming_scheduler());
      reply->set_previous_outgoing(owner.status.outgoing_scheduler());
      if (!owner.admin_status.ok()) return owner.admin_status;
      if (request->has_incoming()) owner.status.set_incoming_scheduler(request->incoming());
      if (request->has_outgoing()) owner.status.set_outgoing_scheduler(request->outgoing());
      return grpc::Status::OK;
    }
    grpc::Status SetLogLevel(grpc::ServerContext*, const v1::SetLogLevelRequest* request,
                             v1::SetLogLevelReply* reply) override {
      reply->set_previous_level(owner.status.log_level());
      if (owner.admin_status.ok()) owner.status.set_log_level(request->level());
      return owner.admin_status;
    }
    FakeReplica& owner;
  };

  grpc::Status Propose(grpc::ServerContext& context, const v1::Request& request,
                       v1::ProposeReply& reply) {
    {
      const std::lock_guard lock(mutex_);
      ++proposals_;
    }
    if (refuse_) {
      if (grpc::Status refused = refuse_(context, request.commands(0)); !refused.ok())
        return refused;
    }
    const std::lock_guard lock(mutex_);
    for (const v1::Command& command : request.commands()) Run(command, *reply.add_results());
    reply.mutable_instance()->set_coordinator(replica_);
    reply.mutable_instance()->set_slot(++slot_);
    reply.set_partition(3);
    reply.set_replica(replica_);
    return grpc::Status::OK;
  }

  void Run(const v1::Command& command, v1::Result& result) {
    Cell& cell = cells_[command.key()];
    result.set_found(cell.present);
    // Of the conditions it knows one: no value yet.
    result.set_condition_failed(command.has_if_version() && cell.present);
    if (command.operation() == v1::OPERATION_GET || result.condition_failed()) {
      result.set_value(cell.value);
    } else {
      cell = {command.operation() == v1::OPERATION_PUT, command.value(), cell.version + 1};
    }
    result.set_version(cell.version);
  }

  struct Cell {
    bool present = false;
    std::string value;
    uint64_t version = 0;
  };

  Kv kv_;
  Admin admin_;
  const uint32_t replica_;
  const Refuse refuse_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, Cell> cells_;
  uint64_t slot_ = 0;
  int proposals_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// An address at which nobody listens: a port that was free a moment ago.
inline std::string DeadAddress() { return FakeReplica(0).address(); }

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_FAKE_REPLICA_H_
