#include "tests/sim/flush_check.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

namespace althing::sim {
namespace {

// The instance on which the message tells a vote or a promise of its sender. Neither a PreAccept
// nor an Accept in ballot 0 does: they leave beside the flush, and the coordinator's own vote
// counts after it.
std::optional<InstanceId> VoteOn(const pb::Envelope& e) {
  switch (e.message_case()) {
    case pb::Envelope::kPreAcceptOk:
      return FromProto(e.pre_accept_ok().id());
    case pb::Envelope::kAccept:
      if (e.accept().ballot() == 0) return std::nullopt;
      return FromProto(e.accept().id());
    case pb::Envelope::kAcceptOk:
      return FromProto(e.accept_ok().id());
    case pb::Envelope::kRecover:
      return FromProto(e.recover().id());
    case pb::Envelope::kRecoverOk:
      return FromProto(e.recover_ok().id());
    case pb::Envelope::kValidate:
      return FromProto(e.validate().id());
    case pb::Envelope::kValidateOk:
      return FromProto(e.validate_ok().id());
    case pb::Envelope::kNack:
      return FromProto(e.nack().id());
    default:
      return std::nullopt;
  }
}

}  // namespace

void FlushCheck::OnRecord(int at, LogPosition position, const pb::Record& record) {
  Member& member = members_[at];
  switch (record.kind_case()) {
    case pb::Record::kPreAccepted:
      member.votes[FromProto(record.pre_accepted().id())] = position;
      break;
    case pb::Record::kAccepted:
      member.votes[FromProto(record.accepted().id())] = position;
      break;
    case pb::Record::kJoined:
      member.votes[FromProto(record.joined().id())] = position;
      member.joined[FromProto(record.joined().id())] = position;
      break;
    case pb::Record::kValidated:
      member.votes[FromProto(record.validated().id())] = position;
      break;
    case pb::Record::kDecided:
      member.decided[FromProto(record.decided().id())] = position;
      break;
    case pb::Record::kCommitted:
      decided_by_.emplace(FromProto(record.committed().id()), at);
      break;
    default:
      break;
  }
}

void FlushCheck::OnEvent(int at, const Event& event) {
  const Member& member = members_[at];
  if (event.kind != Event::Kind::kTwoFlushDecision || !failure_.empty()) return;
  if (member.decided.at(event.id) <= member.durable) return;
  failure_ = absl::StrCat("member ", at, " decided ", ToString(event.id), " before it was durable");
}

void FlushCheck::OnSend(int at, const Send& send) {
  const Member& member = members_[at];
  std::optional<InstanceId> id = VoteOn(send.envelope);
  // What others decided is a fact, and what was learned of it needs no flush.
  if (send.envelope.has_commit()) {
    const InstanceId decided = FromProto(send.envelope.commit().id());
    const auto by = decided_by_.find(decided);
    if (by != decided_by_.end() && by->second == at) id = decided;
  }
  if (!id || !failure_.empty()) return;
  // A Recover rests on the promise alone: what it leads to may be recorded in the same step.
  const auto& records = send.envelope.has_recover() ? member.joined : member.votes;
  const auto vote = records.find(*id);
  if (vote == records.end() || vote->second <= std::max(send.after, member.durable)) return;
  failure_ = absl::StrCat("member ", at, " does not wait for its record before it sends ",
                          send.envelope.ShortDebugString());
}

}  // namespace althing::sim
