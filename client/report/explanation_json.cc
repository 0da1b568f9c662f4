// The explanation for programs; the one for people is in explanation.cc.
#include "client/report/explanation.h"
#include "client/report/instance_name.h"

namespace althing {
namespace {

using Json = nlohmann::ordered_json;

class JsonMaker {
 public:
  explicit JsonMaker(const v1::ExplainReply& reply) : reply_(reply) {}

  Json Instance(const v1::InstanceView& view) const {
    Json json = {{"instance", InstanceName(view.id())},
                 {"phase", Phase(view)},
                 {"executed", view.executed()},
                 {"payload_known", view.payload_known()}};
    if (view.collected()) json["collected"] = true;
    if (view.noop()) json["noop"] = true;
    if (view.payload_known()) {
      json["commands"] = view.commands();
      json["keys"] = view.keys();
      json["bytes"] = view.bytes();
    }
    if (view.phase() != v1::INSTANCE_PHASE_NONE && !view.collected()) {
      json["ballot"] = view.ballot();
      json["accepted_ballot"] = view.accepted_ballot();
      json["deps"] = Numbers(view.deps());
    }
    if (!view.initial_deps().empty()) {
      json["initial_deps"] = Numbers(view.initial_deps());
      json["fast_quorum"] = Replicas(view.fast_quorum());
    }
    if (view.has_round()) json["round"] = Round(view.round());
    if (view.has_gap()) json["catch_up"] = Gap(view.gap());
    if (view.has_recovery()) json["recovery"] = Recovery(view.recovery());
    if (view.shown_above()) json["shown_above"] = true;
    if (!view.before().empty()) {
      Json& before = json["before"] = Json::array();
      for (const v1::InstanceView& one : view.before()) before.push_back(Instance(one));
    }
    if (view.before_left_out() > 0) json["before_left_out"] = view.before_left_out();
    if (view.cut()) json["cut"] = true;
    return json;
  }

 private:
  static const char* Phase(const v1::InstanceView& view) {
    switch (view.phase()) {
      case v1::INSTANCE_PHASE_PRE_ACCEPTED:
        return "pre-accepted";
      case v1::INSTANCE_PHASE_ACCEPTED:
        return "accepted";
      case v1::INSTANCE_PHASE_COMMITTED:
        return "committed";
      default:
        return view.mentioned() ? "none" : "unknown";
    }
  }

  template <typename Slots>
  static Json Numbers(const Slots& slots) {
    Json json = Json::array();
    for (const uint64_t slot : slots) json.push_back(slot);
    return json;
  }

  Json Replicas(uint32_t set) const {
    Json json = Json::array();
    for (int member = 0; member < reply_.members_size(); ++member) {
      if ((set >> member) & 1) json.push_back(reply_.members(member));
    }
    return json;
  }

  double Ms(uint64_t ticks) const {
    return static_cast<double>(ticks) * static_cast<double>(reply_.tick_ns()) / 1e6;
  }

  Json Round(const v1::RoundView& round) const {
    Json json = {{"slow_path", round.accepting()},
                 {"asked", Replicas(round.asked())},
                 {"answered", Replicas(round.answered())},
                 {"matching", Replicas(round.matching())},
                 {"accepted", Replicas(round.accepted())},
                 {"needed", round.needed()},
                 {"own_vote_durable", round.own_vote_durable()},
                 {"since_ms", Ms(round.started_ticks_ago())}};
    if (round.accepting()) json["slow_path_since_ms"] = Ms(round.accepting_ticks_ago());
    json["times_asked"] = round.times_asked();
    json["asked_ms_ago"] = Ms(round.asked_ticks_ago());
    json["asks_in_ms"] = Ms(round.resend_in_ticks());
    return json;
  }

  Json Gap(const v1::GapView& gap) const {
    Json json = {{"times_asked", gap.times_asked()}};
    if (gap.will_ask()) json["asks_in_ms"] = Ms(gap.ask_in_ticks());
    return json;
  }

  static const char* StepName(v1::RecoveryView::Step step) {
    switch (step) {
      case v1::RecoveryView::STEP_PAUSED:
        return "paused";
      case v1::RecoveryView::STEP_PREPARING:
        return "preparing";
      case v1::RecoveryView::STEP_VALIDATING:
        return "validating";
      case v1::RecoveryView::STEP_WAITING:
        return "waiting";
      case v1::RecoveryView::STEP_ACCEPTING:
        return "accepting";
      default:
        return "unknown";
    }
  }

  Json Recovery(const v1::RecoveryView& recovery) const {
    Json json = {{"step", StepName(recovery.step())}, {"tries", recovery.tries()}};
    if (recovery.step() == v1::RecoveryView::STEP_PAUSED) {
      json["starts_in_ms"] = Ms(recovery.start_in_ticks());
      return json;
    }
    json["ballot"] = recovery.ballot();
    json["answered"] = Replicas(recovery.answered());
    if (recovery.step() == v1::RecoveryView::STEP_WAITING) {
      Json& waits_for = json["waits_for"] = Json::array();
      for (const v1::InstanceId& id : recovery.waits_for()) waits_for.push_back(InstanceName(id));
    } else {
      json["silent"] = Replicas(recovery.silent());
    }
    json["own_record_durable"] = recovery.own_record_durable();
    json["asks_in_ms"] = Ms(recovery.resend_in_ticks());
    json["gives_up_in_ms"] = Ms(recovery.give_up_in_ticks());
    return json;
  }

  const v1::ExplainReply& reply_;
};

}  // namespace

Json ExplanationJson(const v1::ExplainReply& reply) {
  const JsonMaker maker(reply);
  Json instances = Json::array();
  for (const v1::InstanceView& view : reply.instances()) instances.push_back(maker.Instance(view));
  Json json = {{"replica", reply.replica()},
               {"partition", reply.partition()},
               {"quarantined", reply.quarantined()},
               {"proposals_waiting", reply.proposals_waiting()},
               {"instances", std::move(instances)}};
  if (reply.instances_left_out() > 0) json["instances_left_out"] = reply.instances_left_out();
  return json;
}

}  // namespace althing
