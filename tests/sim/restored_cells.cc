#include "tests/sim/restored_cells.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace althing::sim {
namespace {

using Cells = std::map<std::pair<uint32_t, InstanceId>, pb::InstanceView>;

template <typename Record>
void TakeInitial(const Record& record, pb::InstanceView& cell) {
  *cell.mutable_initial_deps() = record.initial_deps();
  cell.set_fast_quorum(record.fast_quorum());
  cell.set_payload_known(true);
}

template <typename Record>
void TakeValue(const Record& record, pb::InstancePhase phase, pb::InstanceView& cell) {
  cell.set_phase(phase);
  cell.set_noop(record.noop());
  *cell.mutable_deps() = record.deps();
  if (!record.noop()) cell.set_payload_known(true);
}

// What the log says of instances.
Cells CellsOf(const std::vector<pb::Record>& log) {
  Cells cells;
  for (const pb::Record& record : log) {
    const auto cell = [&](const auto& of) -> pb::InstanceView& {
      return cells[{record.partition(), FromProto(of.id())}];
    };
    if (record.has_pre_accepted()) {
      pb::InstanceView& view = cell(record.pre_accepted());
      TakeInitial(record.pre_accepted(), view);
      view.set_phase(pb::INSTANCE_PHASE_PRE_ACCEPTED);
      *view.mutable_deps() = record.pre_accepted().deps();
    } else if (record.has_accepted()) {
      pb::InstanceView& view = cell(record.accepted());
      TakeValue(record.accepted(), pb::INSTANCE_PHASE_ACCEPTED, view);
      view.set_ballot(record.accepted().ballot());
      view.set_accepted_ballot(record.accepted().ballot());
    } else if (record.has_committed()) {
      TakeValue(record.committed(), pb::INSTANCE_PHASE_COMMITTED, cell(record.committed()));
    } else if (record.has_decided()) {
      pb::InstanceView& view = cell(record.decided());
      view.set_phase(pb::INSTANCE_PHASE_COMMITTED);
      *view.mutable_deps() = view.initial_deps();
    } else if (record.has_joined()) {
      cell(record.joined()).set_ballot(record.joined().ballot());
    } else if (record.has_validated()) {
      TakeInitial(record.validated(), cell(record.validated()));
    }
  }
  return cells;
}

// Only the fields that CellsOf knows.
pb::InstanceView Told(const pb::InstanceView& all) {
  pb::InstanceView view;
  view.set_phase(all.phase());
  view.set_payload_known(all.payload_known());
  view.set_noop(all.noop());
  view.set_ballot(all.ballot());
  view.set_accepted_ballot(all.accepted_ballot());
  *view.mutable_deps() = all.deps();
  *view.mutable_initial_deps() = all.initial_deps();
  view.set_fast_quorum(all.fast_quorum());
  return view;
}

}  // namespace

std::string FindWrongCell(const std::vector<pb::CheckpointPiece>& checkpoint,
                          const std::vector<pb::Record>& log, const Core& core) {
  std::map<uint32_t, Deps> forgotten;
  for (const pb::CheckpointPiece& piece : checkpoint) {
    const auto& slots = piece.marks().forgotten();
    for (int r = 0; r < slots.size(); ++r) {
      forgotten[piece.partition()].slots[static_cast<size_t>(r)] = slots.Get(r);
    }
  }
  for (const auto& [place, cell] : CellsOf(log)) {
    if (forgotten[place.first].Covers(place.second)) continue;
    pb::ExplainRequest request;
    request.set_partition(place.first);
    ToProto(place.second, request.mutable_instance());
    pb::ExplainReply reply;
    const absl::Status status = core.Explain(LogicalTime{}, request, reply);
    if (!status.ok()) return absl::StrCat("it cannot be asked: ", status.ToString());
    const pb::InstanceView view = Told(reply.instances(0));
    if (view.SerializeAsString() == cell.SerializeAsString()) continue;
    return absl::StrCat("of ", ToString(place.second), " it holds ", view.ShortDebugString(),
                        ", and its log says ", cell.ShortDebugString());
  }
  return "";
}

}  // namespace althing::sim
