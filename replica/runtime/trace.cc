#include "replica/runtime/trace.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "replica/runtime/log_line.h"
#include "replica/runtime/message_name.h"

namespace althing {

namespace {

constexpr size_t kInstancesMax = 8;
constexpr size_t kKeyBytesMax = 32;

using Ids = google::protobuf::RepeatedPtrField<pb::InstanceId>;
using Numbers = google::protobuf::RepeatedField<uint64_t>;

// What levels 1 and 2 say of a message.
struct Overview {
  std::vector<const pb::InstanceId*> instances;
  std::optional<uint64_t> ballot;
  const Numbers* deps = nullptr;
};

Overview About(const Ids& ids) {
  Overview overview;
  for (const pb::InstanceId& id : ids) overview.instances.push_back(&id);
  return overview;
}

Overview OverviewOf(const pb::Envelope& envelope) {
  switch (envelope.message_case()) {
    case pb::Envelope::kPreAccept: {
      const pb::PreAccept& m = envelope.pre_accept();
      return {{&m.id()}, 0, &m.initial_deps()};
    }
    case pb::Envelope::kPreAcceptOk: {
      const pb::PreAcceptOk& m = envelope.pre_accept_ok();
      return {{&m.id()}, 0, &m.deps()};
    }
    case pb::Envelope::kAccept: {
      const pb::Accept& m = envelope.accept();
      return {{&m.id()}, m.ballot(), &m.deps()};
    }
    case pb::Envelope::kAcceptOk:
      return {{&envelope.accept_ok().id()}, envelope.accept_ok().ballot(), nullptr};
    case pb::Envelope::kCommit:
      return {{&envelope.commit().id()}, std::nullopt, &envelope.commit().deps()};
    case pb::Envelope::kNack:
      return {{&envelope.nack().id()}, envelope.nack().ballot(), nullptr};
    case pb::Envelope::kProbe:
      return About(envelope.probe().ids());
    case pb::Envelope::kProbeReply: {
      Overview overview = About(envelope.probe_reply().in_progress());
      for (const pb::InstanceId& id : envelope.probe_reply().not_mine()) {
        overview.instances.push_back(&id);
      }
      return overview;
    }
    case pb::Envelope::kFetch:
      return About(envelope.fetch().ids());
    case pb::Envelope::kPayload:
      return {{&envelope.payload().id()}, std::nullopt, nullptr};
    case pb::Envelope::kRecover:
      return {{&envelope.recover().id()}, envelope.recover().ballot(), nullptr};
    case pb::Envelope::kRecoverOk: {
      const pb::RecoverOk& m = envelope.recover_ok();
      return {{&m.id()}, m.ballot(), &m.deps()};
    }
    case pb::Envelope::kValidate: {
      const pb::Validate& m = envelope.validate();
      return {{&m.id()}, m.ballot(), &m.initial_deps()};
    }
    case pb::Envelope::kValidateOk:
      return {{&envelope.validate_ok().id()}, envelope.validate_ok().ballot(), nullptr};
    case pb::Envelope::kWaiting:
      return {{&envelope.waiting().id()}, std::nullopt, nullptr};
    case pb::Envelope::kHeartbeat:
    case pb::Envelope::kHeartbeatEcho:
    case pb::Envelope::kTruncated:
    case pb::Envelope::MESSAGE_NOT_SET:
      return {};
  }
  return {};
}

void AppendId(std::string* out, const pb::InstanceId& id) {
  absl::StrAppend(out, id.coordinator(), ".", id.slot());
}

std::string IdList(const Ids& ids) {
  return absl::StrJoin(ids, ",",
                       [](std::string* out, const pb::InstanceId& id) { AppendId(out, id); });
}

void AppendInstances(std::string* line, const std::vector<const pb::InstanceId*>& instances) {
  if (instances.empty()) return;
  absl::StrAppend(line, instances.size() == 1 ? " instance=" : " instances=");
  const size_t shown = std::min(instances.size(), kInstancesMax);
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) absl::StrAppend(line, ",");
    AppendId(line, *instances[i]);
  }
  if (shown < instances.size()) absl::StrAppend(line, ",+", instances.size() - shown);
}

// Nothing if it is empty.
void AppendVector(std::string* line, std::string_view name, const Numbers& numbers) {
  if (numbers.empty()) return;
  absl::StrAppend(line, " ", absl::string_view(name.data(), name.size()), "=[",
                  absl::StrJoin(numbers, ","), "]");
}

// Of a Heartbeat or a HeartbeatEcho.
template <typename News>
void AppendNews(std::string* line, const News& news) {
  AppendLogField(line, {"highest_own", news.highest_own()});
  AppendLogField(line, {"committed_prefix_own", news.committed_prefix_own()});
  AppendVector(line, "seen_of_lost", news.seen_of_lost());
  AppendVector(line, "applied", news.applied());
  AppendVector(line, "everywhere", news.everywhere());
}

const char* OperationName(pb::Operation operation) {
  switch (operation) {
    case pb::OPERATION_GET:
      return "get";
    case pb::OPERATION_PUT:
      return "put";
    case pb::OPERATION_DELETE:
      return "del";
    case pb::OPERATION_APPEND:
      return "append";
    default:
      return "unknown";
  }
}

void AppendCommand(std::string* out, const pb::Command& command) {
  const std::string& key = command.key();
  absl::StrAppend(out, OperationName(command.operation()), " '",
                  absl::CEscape(key.substr(0, kKeyBytesMax)), "'");
  if (key.size() > kKeyBytesMax) absl::StrAppend(out, "...");
  if (command.operation() == pb::OPERATION_PUT || command.operation() == pb::OPERATION_APPEND) {
    absl::StrAppend(out, "(", command.value().size(), " bytes)");
  }
  if (command.has_if_version()) absl::StrAppend(out, " if version=", command.if_version());
  if (command.has_if_value()) {
    absl::StrAppend(out, " if value(", command.if_value().size(), " bytes)");
  }
}

void AppendRequest(std::string* out, const pb::Request& request) {
  absl::StrAppend(out, absl::StrJoin(request.commands(), " + ", AppendCommand));
  if (request.has_open()) absl::StrAppend(out, "open");
  if (request.has_trim()) absl::StrAppend(out, "trim below ", request.trim().below());
  if (request.has_close()) absl::StrAppend(out, "close");
  if (request.close().has_if_executed()) {
    absl::StrAppend(out, " if executed ", request.close().if_executed());
  }
  if (request.has_keep()) absl::StrAppend(out, "keep");
  if (!request.has_session()) return;
  const pb::SessionId& session = request.session();
  absl::StrAppend(out, " in session ", session.coordinator(), ".", session.slot(), "/",
                  session.position());
  if (request.number() > 0) absl::StrAppend(out, " number ", request.number());
}

void AppendPayload(std::string* line, const std::string& payload) {
  pb::RequestBatch batch;
  // A peer's bytes are shown before the protocol has looked at them.
  if (!batch.ParseFromString(payload)) {
    AppendLogField(line, {"payload", absl::StrCat("damaged(", payload.size(), " bytes)")});
    return;
  }
  AppendLogField(line, {"payload", absl::StrJoin(batch.requests(), ", ", AppendRequest)});
}

void AppendIds(std::string* line, std::string_view key, const Ids& ids) {
  AppendLogField(line, {key, absl::StrCat("[", IdList(ids), "]")});
}

std::string NumberList(const Numbers& numbers) {
  return absl::StrCat("[", absl::StrJoin(numbers, ","), "]");
}

std::string Members(uint32_t bits) {
  std::vector<int> members;
  for (int m = 0; m < 32; ++m) {
    if ((bits >> m) & 1) members.push_back(m);
  }
  return absl::StrCat("{", absl::StrJoin(members, ","), "}");
}

std::string PhaseName(pb::RecoverOk::Phase phase) {
  switch (phase) {
    case pb::RecoverOk::PHASE_NONE:
      return "none";
    case pb::RecoverOk::PHASE_PRE_ACCEPTED:
      return "pre_accepted";
    case pb::RecoverOk::PHASE_ACCEPTED:
      return "accepted";
    default:
      return absl::StrCat("unknown(", static_cast<int>(phase), ")");
  }
}

void AppendRecoverOk(std::string* line, const pb::RecoverOk& m) {
  AppendLogField(line, {"phase", PhaseName(m.phase())});
  AppendLogField(line, {"accepted_ballot", m.accepted_ballot()});
  AppendLogField(line, {"initial_deps", NumberList(m.initial_deps())});
  AppendLogField(line, {"fast_quorum", Members(m.fast_quorum())});
  AppendLogField(line, {"intact", m.intact()});
  if (m.noop()) AppendLogField(line, {"value", "noop"});
  if (!m.payload().empty()) AppendPayload(line, m.payload());
}

void AppendInvalidators(std::string* line, const pb::ValidateOk& m) {
  Ids undecided, committed;
  for (const auto& one : m.invalidators())
    *(one.committed() ? committed : undecided).Add() = one.id();
  AppendIds(line, "undecided", undecided);
  AppendIds(line, "committed", committed);
}

// What only level 9 says: every field that the overview leaves out.
void AppendRest(std::string* line, const pb::Envelope& envelope) {
  switch (envelope.message_case()) {
    case pb::Envelope::kPreAccept:
      AppendLogField(line, {"fast_quorum", Members(envelope.pre_accept().fast_quorum())});
      AppendPayload(line, envelope.pre_accept().payload());
      return;
    case pb::Envelope::kAccept: {
      const pb::Accept& m = envelope.accept();
      if (m.has_payload()) AppendPayload(line, m.payload());
      if (m.has_noop()) AppendLogField(line, {"value", "noop"});
      if (m.has_as_pre_accepted()) AppendLogField(line, {"value", "as_pre_accepted"});
      return;
    }
    case pb::Envelope::kCommit: {
      const pb::Commit& m = envelope.commit();
      if (m.has_payload()) AppendPayload(line, m.payload());
      if (m.has_noop()) AppendLogField(line, {"value", "noop"});
      if (m.has_as_pre_accepted()) AppendLogField(line, {"value", "as_pre_accepted"});
      return;
    }
    case pb::Envelope::kHeartbeat:
      AppendNews(line, envelope.heartbeat());
      return;
    case pb::Envelope::kHeartbeatEcho:
      AppendNews(line, envelope.heartbeat_echo());
      return;
    case pb::Envelope::kProbe:
      AppendIds(line, "ids", envelope.probe().ids());
      if (envelope.probe().with_payload()) AppendLogField(line, {"with_payload", "true"});
      return;
    case pb::Envelope::kProbeReply:
      AppendIds(line, "in_progress", envelope.probe_reply().in_progress());
      AppendIds(line, "not_mine", envelope.probe_reply().not_mine());
      return;
    case pb::Envelope::kFetch:
      AppendIds(line, "ids", envelope.fetch().ids());
      return;
    case pb::Envelope::kPayload:
      AppendPayload(line, envelope.payload().payload());
      return;
    case pb::Envelope::kRecoverOk:
      AppendRecoverOk(line, envelope.recover_ok());
      return;
    case pb::Envelope::kValidate:
      AppendLogField(line, {"fast_quorum", Members(envelope.validate().fast_quorum())});
      AppendPayload(line, envelope.validate().payload());
      return;
    case pb::Envelope::kValidateOk:
      AppendInvalidators(line, envelope.validate_ok());
      return;
    case pb::Envelope::kTruncated:
      AppendVector(line, "everywhere", envelope.truncated().everywhere());
      return;
    case pb::Envelope::kWaiting:
      AppendLogField(line, {"voters", Members(envelope.waiting().voters())});
      return;
    default:
      return;
  }
}

}  // namespace

absl::StatusOr<uint32_t> Trace::SetLevel(uint32_t level) {
  if (level != 0 && level != 1 && level != 2 && level != 9) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no trace level ", level,
                     ": use 0 (off), 1 (a line per message), 2 (also ballots and deps) or 9 "
                     "(everything)"));
  }
  return level_.exchange(level, std::memory_order_relaxed);
}

void Trace::Sent(MemberIndex to, const pb::Envelope& envelope) {
  LogTrace(TraceLine(level(), /*sent=*/true, self_, to, envelope));
}

void Trace::Received(MemberIndex from, const pb::Envelope& envelope) {
  LogTrace(TraceLine(level(), /*sent=*/false, from, self_, envelope));
}

std::string TraceLine(uint32_t level, bool sent, MemberIndex from, MemberIndex to,
                      const pb::Envelope& envelope) {
  const Overview overview = OverviewOf(envelope);
  std::string line;
  AppendLogField(&line, {"event", sent ? "send" : "recv"});
  AppendLogField(&line, {"message", MessageName(envelope.message_case())});
  AppendLogField(&line, {"from", from.value});
  AppendLogField(&line, {"to", to.value});
  AppendInstances(&line, overview.instances);
  AppendLogField(&line, {"partition", envelope.partition()});
  if (level >= 2) {
    if (overview.ballot.has_value()) AppendLogField(&line, {"ballot", *overview.ballot});
    if (overview.deps != nullptr) {
      AppendLogField(&line, {"deps", NumberList(*overview.deps)});
    }
  }
  if (level >= 9) AppendRest(&line, envelope);
  return line;
}

}  // namespace althing
