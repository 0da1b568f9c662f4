#include "tests/sim/outcomes.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"
#include "replica/core/epaxos/validate.h"

namespace althing::sim {
namespace {

using Keys = std::vector<KeyAccess>;

bool Conflict(const Keys& a, const Keys& b) {
  for (const KeyAccess& i : a) {
    for (const KeyAccess& j : b) {
      if (i.key == j.key && (i.write || j.write)) return true;
    }
  }
  return false;
}

class Outcomes {
 public:
  // Returns what is wrong.
  std::string Add(const pb::Record& record) {
    switch (record.kind_case()) {
      case pb::Record::kPreAccepted:
        Learn(record.pre_accepted());
        break;
      case pb::Record::kAccepted:
        Learn(record.accepted());
        break;
      case pb::Record::kValidated:
        Learn(record.validated());
        break;
      case pb::Record::kCommitted:
        Learn(record.committed());
        return Decide(record.committed());
      default:
        break;
    }
    return "";
  }

  // Pairs that `separate` accepts need no order.
  template <typename Separate>
  std::string FindUnordered(Separate separate) const {
    for (const auto& [a, a_outcome] : decided_) {
      if (a_outcome.noop()) continue;
      for (const auto& [b, b_outcome] : decided_) {
        if (b == a) break;
        if (b_outcome.noop() || !Conflict(keys_.at(a), keys_.at(b))) continue;
        if (DepsFromProto(a_outcome.deps()).Covers(b)) continue;
        if (DepsFromProto(b_outcome.deps()).Covers(a)) continue;
        if (separate(a, b) || separate(b, a)) continue;
        return absl::StrCat("visibility: ", ToString(b), " and ", ToString(a),
                            " conflict, and neither depends on the other");
      }
    }
    return "";
  }

 private:
  template <typename AnyRecord>
  void Learn(const AnyRecord& record) {
    const InstanceId id = FromProto(record.id());
    if (record.payload().empty() || keys_.contains(id)) return;
    const absl::StatusOr<Payload> payload = ParsePayload(record.payload(), id, 0);
    CHECK(payload.ok());
    keys_[id] = Keys(payload->keys.begin(), payload->keys.end());
  }

  std::string Decide(pb::CommittedRecord outcome) {
    outcome.clear_payload();  // Left out where an earlier record has it.
    const auto [it, first] = decided_.emplace(FromProto(outcome.id()), outcome);
    if (it->second.SerializeAsString() == outcome.SerializeAsString()) return "";
    return absl::StrCat("agreement: ", it->second.ShortDebugString(), " and ",
                        outcome.ShortDebugString());
  }

  std::map<InstanceId, Keys> keys_;
  std::map<InstanceId, pb::CommittedRecord> decided_;
};

}  // namespace

std::string FindConflictingOutcomes(const Cluster& cluster) {
  Outcomes outcomes;
  for (int i = 0; i < cluster.n(); ++i) {
    for (const pb::Record& record : cluster.records(i)) {
      if (std::string wrong = outcomes.Add(record); !wrong.empty()) return wrong;
    }
  }
  return outcomes.FindUnordered([&](InstanceId a, InstanceId b) {
    return cluster.collects() && cluster.ExecutedEverywhereBefore(a, b);
  });
}

}  // namespace althing::sim
