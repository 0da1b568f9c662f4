#include "client/report/explanation.h"

#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/report/instance_name.h"

namespace althing {
namespace {

std::string Count(uint64_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

class Writer {
 public:
  explicit Writer(const v1::ExplainReply& reply) : reply_(reply) {}

  void Write(const v1::InstanceView& view, int depth) {
    const std::string indent(2 * static_cast<size_t>(depth) + 2, ' ');
    absl::StrAppend(&text, indent, InstanceName(view.id()), " ", State(view), "\n");
    if (view.shown_above()) {
      absl::StrAppend(&text, indent, "  (what it waits for stands above)\n");
    } else if (const std::string details = Details(view); !details.empty()) {
      absl::StrAppend(&text, indent, "  ", details, "\n");
    }
    for (const v1::InstanceView& before : view.before()) Write(before, depth + 1);
    if (view.before_left_out() > 0) {
      absl::StrAppend(&text, indent, "  and ", view.before_left_out(), " more before it\n");
    }
    if (view.cut()) absl::StrAppend(&text, indent, "  (older ones were not looked for)\n");
  }

  std::string text;

 private:
  uint32_t Replica(uint32_t member) const {
    return static_cast<int>(member) < reply_.members_size()
               ? reply_.members(static_cast<int>(member))
               : member;
  }
  std::string Replicas(uint32_t set) const {
    std::vector<uint32_t> ids;
    for (uint32_t member = 0; member < 32; ++member) {
      if ((set >> member) & 1) ids.push_back(Replica(member));
    }
    return absl::StrCat("{", absl::StrJoin(ids, " "), "}");
  }
  std::string Ms(uint64_t ticks) const {
    return absl::StrFormat(
        "%.0f ms", static_cast<double>(ticks) * static_cast<double>(reply_.tick_ns()) / 1e6);
  }

  // What it is, and what it waits for itself.
  std::string State(const v1::InstanceView& view) const {
    if (view.collected()) return "executed by all replicas, and its details are gone";
    if (view.executed()) return view.noop() ? "executed, as noop" : "executed";
    if (view.phase() == v1::INSTANCE_PHASE_COMMITTED) {
      if (reply_.quarantined()) return "committed, never executed: the partition is quarantined";
      const uint64_t before = static_cast<uint64_t>(view.before_size()) + view.before_left_out();
      if (before == 0 && !view.shown_above() && !view.cut())
        return "committed, not executed: its turn comes";
      return absl::StrCat("committed, not executed: waits for ",
                          view.shown_above() || before == 0 ? "others" : Count(before, "instance"));
    }
    if (view.has_round()) return Round(view.round());
    const std::string coordinator = absl::StrCat("replica ", Replica(view.id().coordinator()));
    if (view.id().coordinator() == reply_.member()) {
      return view.mentioned()
                 ? absl::StrCat("given up by its coordinator, this replica: a higher ballot has it",
                                Recovery(view))
                 : "has not been proposed by its coordinator, this replica";
    }
    if (!view.mentioned()) return "unknown here: no message named it";
    const char* known = !view.payload_known()                             ? "payload unknown"
                        : view.phase() == v1::INSTANCE_PHASE_NONE         ? "payload known"
                        : view.phase() == v1::INSTANCE_PHASE_PRE_ACCEPTED ? "pre-accepted"
                                                                          : "accepted";
    return absl::StrCat(known, ", not committed: waits for word from its coordinator, ",
                        coordinator, Gap(view.gap()), Recovery(view));
  }

  std::string Gap(const v1::GapView& gap) const {
    std::string text;
    if (gap.times_asked() > 0) {
      absl::StrAppend(&text, "; asked for it ", Count(gap.times_asked(), "time"));
    }
    if (gap.will_ask()) {
      absl::StrAppend(&text, "; asks ", text.empty() ? "" : "again ", "in ",
                      Ms(gap.ask_in_ticks()));
    }
    return text;
  }

  std::string Recovery(const v1::InstanceView& view) const {
    if (!view.has_recovery()) return "";
    const v1::RecoveryView& recovery = view.recovery();
    if (recovery.step() == v1::RecoveryView::STEP_PAUSED) {
      const std::string start = Ms(recovery.start_in_ticks());
      if (recovery.tries() == 0) return absl::StrCat("; recovers it in ", start);
      return absl::StrCat("; tried to recover it ", Count(recovery.tries(), "time"),
                          ", tries again in ", start);
    }
    std::string text = absl::StrCat("; recovers it, try ", recovery.tries(), ", ballot ",
                                    recovery.ballot(), ": ", RecoveryStep(view));
    if (recovery.step() != v1::RecoveryView::STEP_WAITING) {
      const uint32_t self = 1u << reply_.member();
      absl::StrAppend(&text, "; answered ", Replicas(recovery.answered() & ~self), ", silent ",
                      Replicas(recovery.silent()));
    }
    if (!recovery.own_record_durable()) absl::StrAppend(&text, "; its own record is not durable");
    return absl::StrCat(text, "; asks again in ", Ms(recovery.resend_in_ticks()), ", gives up in ",
                        Ms(recovery.give_up_in_ticks()));
  }

  static std::string RecoveryStep(const v1::InstanceView& view) {
    switch (view.recovery().step()) {
      case v1::RecoveryView::STEP_PREPARING:
        return "asks who voted how";
      case v1::RecoveryView::STEP_VALIDATING:
        return "asks what speaks against its having been decided";
      case v1::RecoveryView::STEP_WAITING:
        return absl::StrCat("waits for the outcome of ",
                            absl::StrJoin(view.recovery().waits_for(), " ",
                                          [](std::string* out, const v1::InstanceId& id) {
                                            absl::StrAppend(out, InstanceName(id));
                                          }));
      case v1::RecoveryView::STEP_ACCEPTING:
        return view.noop() ? "proposes noop" : "proposes its commands";
      default:
        return absl::StrCat("step ", static_cast<int>(view.recovery().step()));
    }
  }

  std::string Round(const v1::RoundView& round) const {
    const uint32_t self = 1u << reply_.member();
    const uint32_t answered = round.accepting() ? round.accepted() : round.answered();
    std::string text = absl::StrCat(round.accepting() ? "accepted, slow path" : "pre-accepted",
                                    ": coordinated here since ", Ms(round.started_ticks_ago()));
    if (round.accepting()) {
      absl::StrAppend(&text, ", on the slow path since ", Ms(round.accepting_ticks_ago()));
    }
    absl::StrAppend(&text, "; asked ", Replicas(round.asked() & ~self));
    if (round.times_asked() > 1) absl::StrAppend(&text, " ", round.times_asked(), " times, last");
    absl::StrAppend(&text, " ", Ms(round.asked_ticks_ago()), " ago; answered ",
                    Replicas(answered & ~self));
    if (!round.accepting()) {
      absl::StrAppend(&text, ", of them with the same deps ", Replicas(round.matching() & ~self));
    }
    absl::StrAppend(&text, "; silent ", Replicas(round.asked() & ~answered & ~self));
    if (!round.own_vote_durable()) absl::StrAppend(&text, "; its own record is not durable");
    return absl::StrCat(text, "; asks again in ", Ms(round.resend_in_ticks()));
  }

  std::string Details(const v1::InstanceView& view) const {
    std::vector<std::string> parts;
    if (view.noop()) parts.push_back("noop");
    if (view.payload_known()) {
      parts.push_back(absl::StrCat(Count(view.commands(), "command"), " on ",
                                   Count(view.keys(), "key"), " in ", Count(view.bytes(), "byte")));
    }
    if (view.phase() != v1::INSTANCE_PHASE_NONE && !view.collected()) {
      parts.push_back(
          absl::StrCat("ballot ", view.ballot(), ", accepted in ", view.accepted_ballot()));
      parts.push_back(absl::StrCat("deps [", absl::StrJoin(view.deps(), " "), "]"));
    }
    if (!view.initial_deps().empty()) {
      parts.push_back(absl::StrCat("initial deps [", absl::StrJoin(view.initial_deps(), " "), "]"));
      parts.push_back(absl::StrCat("fast quorum ", Replicas(view.fast_quorum())));
    }
    return absl::StrJoin(parts, "; ");
  }

  const v1::ExplainReply& reply_;
};

}  // namespace

std::string ExplanationText(const v1::ExplainReply& reply) {
  Writer writer(reply);
  if (reply.quarantined()) {
    absl::StrAppend(&writer.text, "  partition ", reply.partition(),
                    " is quarantined: two outcomes were seen for one instance; see the log\n");
  }
  if (reply.proposals_waiting() > 0) {
    absl::StrAppend(&writer.text, "  ", Count(reply.proposals_waiting(), "proposal"),
                    reply.proposals_waiting() == 1 ? " waits" : " wait",
                    " here to be put into an instance\n");
  }
  if (reply.instances().empty()) writer.text += "  no instance that touches it is known\n";
  for (const v1::InstanceView& view : reply.instances()) writer.Write(view, 0);
  if (reply.instances_left_out() > 0) {
    absl::StrAppend(&writer.text, "  and at least ", reply.instances_left_out(),
                    " older ones that touch the key\n");
  }
  return writer.text;
}

}  // namespace althing
