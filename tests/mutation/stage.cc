#include "tests/mutation/stage.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "tests/sim/outcomes.h"

namespace althing::sim {
namespace {

constexpr char kKey[] = "k";
// In ticks. Far more than an attempt to recover takes.
constexpr uint64_t kHealing = 6000;

}  // namespace

Cluster::Options Asking(int n, const std::map<int, std::vector<int>>& fast_quorums) {
  Cluster::Options options;
  options.n = n;
  options.thrifty = false;
  if (fast_quorums.empty()) return options;
  options.fast_quorums = fast_quorums;
  std::vector<int> all;
  for (int i = 0; i < n; ++i) all.push_back(i);
  for (const int i : all) options.fast_quorums.emplace(i, all);
  return options;
}

RequestId Stage::Append(int at, const std::string& value) {
  const RequestId request = cluster.Propose(at, pb::OPERATION_APPEND, kKey, value);
  asked_at_[request.value] = at;
  return request;
}

void Stage::One(pb::Envelope::MessageCase type, InstanceId id, int from, int to, bool keep_a_copy) {
  cluster.DeliverOne(OfType(type) && Of(id) && From(from) && To(to), keep_a_copy);
}

void Stage::CutShort(int at) {
  cluster.CutShort(at);
  std::erase_if(asked_at_, [at](const auto& asked) { return asked.second == at; });
}

std::vector<Message> Stage::Take(const Filter& filter) {
  std::vector<Message> taken;
  std::copy_if(cluster.waiting().begin(), cluster.waiting().end(), std::back_inserter(taken),
               filter);
  cluster.Drop(filter);
  return taken;
}

bool Stage::Waits(pb::Envelope::MessageCase type, InstanceId id, int from) const {
  const Filter filter = OfType(type) && Of(id) && From(from);
  return std::any_of(cluster.waiting().begin(), cluster.waiting().end(), filter);
}

bool Stage::Only(const Filter& passes, const std::function<bool()>& done, uint64_t ticks) {
  for (; ticks > 0; --ticks) {
    // One at a time: what comes after the end is not to happen.
    while (!done()) {
      const auto& waiting = cluster.waiting();
      if (std::none_of(waiting.begin(), waiting.end(), passes)) break;
      cluster.DeliverOne(passes);
    }
    if (done()) return true;
    cluster.Drop(Not(passes));
    cluster.Advance(1);
  }
  return done();
}

bool Stage::Decided(int at, InstanceId id) const {
  for (const pb::Record& record : cluster.records(at)) {
    if (record.has_committed() && FromProto(record.committed().id()) == id) return true;
  }
  return false;
}

uint64_t Stage::BallotOf(int at, InstanceId id) const {
  uint64_t ballot = 0;
  for (const pb::Record& record : cluster.records(at)) {
    if (record.has_joined() && FromProto(record.joined().id()) == id) {
      ballot = record.joined().ballot();
    }
  }
  return ballot;
}

std::string Stage::Heal() {
  const auto all_answered = [this] {
    return std::all_of(asked_at_.begin(), asked_at_.end(), [this](const auto& asked) {
      return !cluster.alive(asked.second) || Answered(RequestId{asked.first});
    });
  };
  const auto everything = [](const Message&) { return true; };
  const bool answered = Only(everything, all_answered, kHealing);
  if (std::string wrong = FindConflictingOutcomes(cluster); !wrong.empty()) return wrong;
  if (!answered) return "liveness: a command was never answered";
  std::string wrong;
  std::set<std::string> values;
  for (int i = 0; i < cluster.n(); ++i) {
    if (cluster.alive(i)) values.insert(ValueRead(i, &wrong));
  }
  if (!wrong.empty()) return wrong;
  if (values.size() > 1) {
    return absl::StrCat("order: \"", *values.begin(), "\" here, \"", *values.rbegin(), "\" there");
  }
  return FindConflictingOutcomes(cluster);
}

std::string Stage::Read(int at) {
  std::string wrong;
  return ValueRead(at, &wrong);
}

std::string Stage::ValueRead(int at, std::string* wrong) {
  const RequestId read = cluster.Propose(at, pb::OPERATION_GET, kKey);
  const auto everything = [](const Message&) { return true; };
  if (!Only(
          everything, [&] { return Answered(read); }, kHealing)) {
    *wrong = absl::StrCat("liveness: a read at member ", at, " was never answered");
    return "";
  }
  const pb::ProposeReply& reply = cluster.replies(read)[0].result;
  return reply.results_size() == 1 ? reply.results(0).value() : "";
}

Filter Among(const std::vector<int>& members) {
  return [members](const Message& m) {
    const auto has = [&](MemberIndex of) {
      return std::find(members.begin(), members.end(), of.value) != members.end();
    };
    return has(m.from) && has(m.to);
  };
}

Filter Either(Filter a, Filter b) {
  return [a = std::move(a), b = std::move(b)](const Message& m) { return a(m) || b(m); };
}

Filter RecoveryOf(InstanceId id, int by, const std::vector<int>& quorum) {
  using E = pb::Envelope;
  const Filter questions =
      Either(OfType(E::kRecover), Either(OfType(E::kValidate), OfType(E::kAccept)));
  const Filter answers =
      Either(OfType(E::kRecoverOk), Either(OfType(E::kValidateOk), OfType(E::kAcceptOk)));
  return Of(id) && Among(quorum) && Either(From(by) && questions, To(by) && answers);
}

}  // namespace althing::sim
