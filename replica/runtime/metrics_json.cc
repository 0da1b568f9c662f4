// How Metrics dumps itself; the counting is in metrics.cc.
#include <numeric>
#include <string>
#include <string_view>

#include "nlohmann/json.hpp"
#include "replica/runtime/metrics.h"

namespace althing {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kDropReasonNames[] = {"Unreachable", "OutchannelFull", "ChannelFull",
                                                 "DebugFault"};

template <typename Counts>
uint64_t Sum(const Counts& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

}  // namespace

Json Metrics::ByType(const CountsByType& counts, bool zeros) {
  Json object = Json::object();
  for (size_t type = 0; type < kMessageCases; ++type) {
    // No message at all is an oddity of a peer: shown only where it happened.
    if (counts[type] == 0 && (!zeros || type == pb::Envelope::MESSAGE_NOT_SET)) continue;
    const std::string_view name = MessageName(static_cast<pb::Envelope::MessageCase>(type));
    if (!name.empty()) object[std::string(name)] = counts[type];
  }
  return object;
}

Json Metrics::ToObject(const Histogram& histogram) {
  Json buckets = Json::object();
  for (size_t i = 0; i < Histogram::kBuckets; ++i) {
    if (histogram.bucket(i) == 0) continue;
    buckets[std::to_string(Histogram::BucketMax(i))] = histogram.bucket(i);
  }
  return Json{{"Count", histogram.count()},
              {"Sum", histogram.sum()},
              {"Max", histogram.max()},
              {"Buckets", std::move(buckets)}};
}

Json Metrics::Answers() const {
  Json object = Json::object();
  for (size_t code = 0; code < kStatusCodes; ++code) {
    if (answers_[code] == 0) continue;
    object[absl::StatusCodeToString(static_cast<absl::StatusCode>(code))] = answers_[code];
  }
  return object;
}

Json Metrics::Dropped() const {
  Json object = Json::object();
  for (size_t reason = 0; reason < kDropReasons; ++reason) {
    object[std::string(kDropReasonNames[reason])] = ByType(dropped_[reason], /*zeros=*/false);
  }
  return object;
}

Json Metrics::OutchannelBytes() const {
  Json object = Json::object();
  for (const auto& [replica, bytes] : outchannel_bytes_) object[std::to_string(replica)] = bytes;
  return object;
}

Json Metrics::Peers() const {
  Json object = Json::object();
  for (const auto& [replica, peer] : peers_) {
    object[std::to_string(replica)] = Json{{"RoundTripNs", peer.round_trip_ns},
                                           {"Suspected", peer.suspected ? 1 : 0},
                                           {"Suspicions", peer.suspicions}};
  }
  return object;
}

Json Metrics::Partitions() const {
  Json object = Json::object();
  for (size_t p = 0; p < partitions_.size(); ++p) {
    const PartitionCounts& counts = partitions_[p];
    const uint64_t fast = counts.fast_decisions + counts.two_flush_decisions;
    if (Sum(counts.sent) + Sum(counts.received) + fast + counts.slow_decisions +
            counts.executed_commands + counts.proposals_waiting ==
        0) {
      continue;
    }
    object[std::to_string(p)] = Json{{"MessageSends", ByType(counts.sent, /*zeros=*/false)},
                                     {"MessageReceives", ByType(counts.received, /*zeros=*/false)},
                                     {"Slows", counts.slow_decisions},
                                     {"Fasts", fast},
                                     {"TwoFlushFasts", counts.two_flush_decisions},
                                     {"ExecutedCommands", counts.executed_commands},
                                     {"ProposalsWaiting", counts.proposals_waiting},
                                     {"InstancesHeld", counts.held.instances}};
  }
  return object;
}

std::string Metrics::ToJson() const {
  const PartitionCounts total = Total();
  Json arguments = Json::parse(arguments_json_, /*cb=*/nullptr, /*allow_exceptions=*/false);
  const Json dump{{"Arguments", arguments.is_object() ? std::move(arguments) : Json::object()},
                  {"N", members_},
                  {"Sends", Sum(total.sent)},
                  {"Receives", Sum(total.received)},
                  {"MessageSends", ByType(total.sent, /*zeros=*/true)},
                  {"MessageReceives", ByType(total.received, /*zeros=*/true)},
                  {"Slows", total.slow_decisions},
                  {"Fasts", total.fast_decisions + total.two_flush_decisions},
                  {"TwoFlushFasts", total.two_flush_decisions},
                  {"Aggregated", aggregated_},
                  {"GraphEdges", graph_edges_},
                  {"ExecCands", execution_candidates_},
                  {"Blips", unseen_dependencies_},
                  {"KeyBusy", key_busy_},
                  {"ExecutedInstances", component_sizes_.sum()},
                  {"ExecutedCommands", total.executed_commands},
                  {"RepeatedRequests", repeated_requests_},
                  {"SessionsOpened", sessions_opened_},
                  {"SessionsClosed", sessions_closed_},
                  {"SessionsExpired", sessions_expired_},
                  {"RecoveriesStarted", recoveries_started_},
                  {"RecoveriesRetried", recoveries_retried_},
                  {"RecoveriesWaiting", recoveries_waiting_},
                  {"RecoveredPayloads", recovered_payloads_},
                  {"RecoveredNoops", recovered_noops_},
                  {"Collected", collected_},
                  {"Resent", resent_},
                  {"Rejected", rejected_},
                  {"Divergences", divergences_},
                  {"Expired", expired_},
                  {"NoRoom", no_room_},
                  {"Answers", Answers()},
                  {"Dropped", Dropped()},
                  {"ProposalsWaiting", total.proposals_waiting},
                  {"InstancesHeld", total.held.instances},
                  {"KeysIndexed", total.held.keys},
                  {"OutchannelBytes", OutchannelBytes()},
                  {"Peers", Peers()},
                  {"ResidentBytes", sizes_.resident_bytes},
                  {"DataBytes", sizes_.data_bytes},
                  {"LogRecords", sizes_.log_records},
                  {"LogKept", sizes_.log_kept},
                  {"LogBytes", sizes_.log_bytes},
                  {"Checkpoints", checkpoints_},
                  {"CheckpointBytes", checkpoint_bytes_},
                  {"CheckpointNs", checkpoint_ns_},
                  {"CheckpointAgeNs", checkpoint_age_ns_},
                  {"FreeBytes", sizes_.free_bytes},
                  {"BatchSizes", ToObject(batch_sizes_)},
                  {"ComponentSizes", ToObject(component_sizes_)},
                  {"TurnMessages", ToObject(turn_messages_)},
                  {"TurnWaiting", ToObject(turn_waiting_)},
                  {"QueueDelayNs", ToObject(queue_delay_ns_)},
                  {"OutchannelDelayNs", ToObject(outchannel_delay_ns_)},
                  {"FrameMessages", ToObject(frame_messages_)},
                  {"FrameBytes", ToObject(frame_bytes_)},
                  {"Partitions", Partitions()}};
  return dump.dump(/*indent=*/2, /*indent_char=*/' ', /*ensure_ascii=*/false,
                   Json::error_handler_t::replace);
}

}  // namespace althing
