// The traces of whole clusters, and the transcripts of tests/golden in the same form.
#ifndef ALTHING_TESTS_PROCESS_TRACE_LINES_H_
#define ALTHING_TESTS_PROCESS_TRACE_LINES_H_

#include <map>
#include <string>
#include <vector>

#include "tests/process/cluster.h"

namespace althing {

// What went from one replica to another, in its order: "0 -> 1" -> {"PreAccept 0.1", "Commit 0.1"}.
// Replicas do not share a clock, so there is no order between pairs.
using Messages = std::map<std::string, std::vector<std::string>>;

// From the logs of all replicas, which must trace at level 1 from their start.
Messages SentMessages(const Cluster& cluster);
Messages ReceivedMessages(const Cluster& cluster);

// The messages of a transcript in tests/golden, without those by which members tell each other what
// they have (Heartbeat, HeartbeatEcho).
Messages GoldenMessages(const std::string& name);

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_TRACE_LINES_H_
