// Whether a replica that starts again holds what its log says.
#ifndef ALTHING_TESTS_SIM_RESTORED_CELLS_H_
#define ALTHING_TESTS_SIM_RESTORED_CELLS_H_

#include <string>
#include <vector>

#include "pb/checkpoint.pb.h"
#include "pb/record.pb.h"
#include "replica/core/replica_core.h"

namespace althing::sim {

// The first cell of the core that is not what the records, in their order, make of it, in words;
// empty: each is. Knows the records and what Explain tells, and nothing of how the core reads them.
// Nor what the checkpoint calls forgotten, which the core must not have.
// REQUIRES: the core has restored exactly these pieces and records, and taken no step.
std::string FindWrongCell(const std::vector<pb::CheckpointPiece>& checkpoint,
                          const std::vector<pb::Record>& log, const Core& core);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_RESTORED_CELLS_H_
