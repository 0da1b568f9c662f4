#include "replica/net/admin_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "replica/core/check.h"
#include "replica/runtime/log_line.h"

namespace althing {

AdminService::AdminService(Facts facts, const Parts& parts, OutgoingScheduler outgoing,
                           Standing standing)
    : facts_(std::move(facts)),
      parts_(parts),
      outgoing_(std::move(outgoing)),
      standing_(std::move(standing)),
      started_ns_(parts.clock.NowNs()) {}

AdminService::~AdminService() = default;

template <typename Request, typename Reply, typename Accept, typename Handle>
void AdminService::Serve(grpc::ServerCompletionQueue& queue, Accept request, Handle handle) {
  using Call = UnaryMethod<Request, Reply>;
  methods_.push_back(std::make_unique<Call>(
      [this, &queue, request](auto* context, auto* message, auto* responder, void* tag) {
        (service_.*request)(context, message, responder, &queue, &queue, tag);
      },
      [this, handle](const Request& question, typename Call::Answer answer) {
        const absl::Status pushed =
            parts_.channel.Push({PartitionId{}, parts_.clock.NowNs(),
                                 Control{[=, &question] { answer(handle(question)); }}});
        CHECK(pushed.ok());  // Control has no bound.
      }));
  methods_.back()->Offer();
}

void AdminService::Start(grpc::ServerCompletionQueue& queue) {
  using Service = pb::Admin::AsyncService;
  Serve<pb::StatusRequest, pb::StatusReply>(
      queue, &Service::RequestStatus, [this](const pb::StatusRequest&) { return Describe(); });
  Serve<pb::MetricsRequest, pb::MetricsReply>(queue, &Service::RequestMetrics,
                                              [this](const pb::MetricsRequest&) {
                                                pb::MetricsReply reply;
                                                reply.set_json(parts_.metrics.ToJson());
                                                return reply;
                                              });
  Serve<pb::TraceRequest, pb::TraceReply>(
      queue, &Service::RequestTrace,
      [this](const pb::TraceRequest& request) { return SetTrace(request); });
  Serve<pb::SetSchedulerRequest, pb::SetSchedulerReply>(
      queue, &Service::RequestSetScheduler,
      [this](const pb::SetSchedulerRequest& request) { return SetScheduler(request); });
  Serve<pb::SetLogLevelRequest, pb::SetLogLevelReply>(
      queue, &Service::RequestSetLogLevel,
      [this](const pb::SetLogLevelRequest& request) { return SetLevel(request); });
  Serve<pb::ExplainRequest, pb::ExplainReply>(
      queue, &Service::RequestExplain,
      [this](const pb::ExplainRequest& request) { return ExplainInstances(request); });
  Serve<pb::TraceEventsRequest, pb::TraceEventsReply>(
      queue, &Service::RequestTraceEvents,
      [this](const pb::TraceEventsRequest& request) { return TraceEvents(request); });
}

void AdminService::OnTime(int64_t now_ns) {
  for (const auto& method : methods_) method->OnTime(now_ns);
}

void AdminService::Stop() {
  for (const auto& method : methods_) method->Stop();
}

absl::StatusOr<pb::TraceReply> AdminService::SetTrace(const pb::TraceRequest& request) {
  const absl::StatusOr<uint32_t> previous = parts_.trace.SetLevel(request.level());
  if (!previous.ok()) return previous.status();
  LogInfo("trace_level", {{"now", request.level()}, {"before", *previous}});
  pb::TraceReply reply;
  reply.set_previous_level(*previous);
  return reply;
}

absl::StatusOr<pb::SetSchedulerReply> AdminService::SetScheduler(
    const pb::SetSchedulerRequest& request) {
  pb::SetSchedulerReply reply;
  reply.set_previous_incoming(parts_.incoming.name());
  reply.set_previous_outgoing(outgoing_.name());
  // Both names are judged before either is used.
  absl::Status status;
  if (request.has_incoming()) status = Scheduler<MsgContainer>().Use(request.incoming());
  if (status.ok() && request.has_outgoing()) status = outgoing_.use(request.outgoing());
  if (status.ok() && request.has_incoming()) status = parts_.incoming.Use(request.incoming());
  if (!status.ok()) return status;
  LogInfo("scheduler", {{"incoming", parts_.incoming.name()}, {"outgoing", outgoing_.name()}});
  return reply;
}

absl::StatusOr<pb::SetLogLevelReply> AdminService::SetLevel(const pb::SetLogLevelRequest& request) {
  const absl::StatusOr<LogLevel> level = ParseLogLevel(request.level());
  if (!level.ok()) return level.status();
  const LogLevel before = CurrentLogLevel();
  // Whatever both levels are: a log that falls silent says so.
  SetLogLevel(LogLevel::kInfo);
  LogInfo("log_level", {{"now", LogLevelName(*level)}, {"before", LogLevelName(before)}});
  SetLogLevel(*level);
  pb::SetLogLevelReply reply;
  reply.set_previous_level(std::string(LogLevelName(before)));
  return reply;
}

absl::StatusOr<pb::ExplainReply> AdminService::ExplainInstances(
    const pb::ExplainRequest& request) const {
  CHECK(explain_ != nullptr);
  absl::StatusOr<pb::ExplainReply> reply = explain_(request);
  if (!reply.ok()) return reply;
  for (uint8_t i = 0; i < facts_.members; ++i) {
    reply->add_members(parts_.registry.id(MemberIndex{i}).value);
  }
  return reply;
}

absl::StatusOr<pb::TraceEventsReply> AdminService::TraceEvents(
    const pb::TraceEventsRequest& request) const {
  const pb::InstanceId& id = request.instance();
  if (request.partition() >= facts_.partitions || id.slot() == 0 ||
      id.coordinator() >= static_cast<uint32_t>(facts_.members)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no instance ", id.coordinator(), ".", id.slot(), " of partition ",
                     request.partition(), ": coordinators are 0 to ", facts_.members - 1,
                     ", slots begin at 1, partitions are 0 to ", facts_.partitions - 1));
  }
  pb::TraceEventsReply reply;
  reply.set_replica(facts_.replica.value);
  for (uint8_t i = 0; i < facts_.members; ++i) {
    reply.add_members(parts_.registry.id(MemberIndex{i}).value);
  }
  reply.set_level(parts_.trace.level());
  parts_.trace.ring().Find(PartitionId{request.partition()}, FromProto(id), reply);
  reply.set_now_ns(parts_.clock.NowNs());
  reply.set_wall_ns(absl::GetCurrentTimeNanos());
  return reply;
}

pb::StatusReply AdminService::Describe() const {
  pb::StatusReply reply;
  reply.set_cluster_id(facts_.cluster_id);
  reply.set_replica(facts_.replica.value);
  reply.set_ready(standing_.ready());
  reply.set_draining(standing_.draining());
  for (const Quarantine& quarantine : parts_.core.quarantines()) {
    pb::QuarantinedPartition* partition = reply.add_quarantined();
    partition->set_partition(quarantine.partition.value);
    partition->set_why(quarantine.why);
  }
  reply.set_members(static_cast<uint32_t>(facts_.members));
  reply.set_failures_tolerated(static_cast<uint32_t>(facts_.failures_tolerated));
  for (int i = 0; i < facts_.members; ++i) {
    const MemberIndex member{static_cast<uint8_t>(i)};
    if (member == facts_.self) continue;
    pb::PeerState* peer = reply.add_peers();
    peer->set_replica(parts_.registry.id(member).value);
    peer->set_address(parts_.registry.address(member));
    peer->set_reachable(parts_.registry.IsReachable(member));
    peer->set_detail(parts_.registry.Detail(member));
    const PeerView& health = parts_.registry.health(member);
    peer->set_round_trip_ns(static_cast<uint64_t>(health.round_trip_ns));
    peer->set_suspected(health.suspected);
  }
  reply.set_durability(facts_.durability);
  reply.set_uptime_seconds(static_cast<double>(parts_.clock.NowNs() - started_ns_) / 1e9);
  reply.set_partitions(facts_.partitions);
  const Metrics::Decisions decisions = parts_.metrics.decisions();
  reply.set_fast_decisions(decisions.fast);
  reply.set_decisions(decisions.all);
  reply.set_trace_level(parts_.trace.level());
  reply.set_log_level(std::string(LogLevelName(CurrentLogLevel())));
  for (const std::string& warning : facts_.debug_warnings) reply.add_debug_warnings(warning);
  for (std::string& warning : warnings_()) reply.add_warnings(std::move(warning));
  reply.set_executed_commands(parts_.metrics.executed_commands());
  const RecentTimes& recent = parts_.metrics.recent_answers();
  for (const RecentTimes::Bucket& times : recent.Recent(parts_.clock.NowNs())) {
    pb::TimeBucket* bucket = reply.add_recent_answers();
    bucket->set_at_most_ns(times.at_most_ns);
    bucket->set_count(times.count);
  }
  reply.set_version(facts_.version);
  reply.set_incoming_scheduler(parts_.incoming.name());
  reply.set_outgoing_scheduler(outgoing_.name());
  return reply;
}

}  // namespace althing
