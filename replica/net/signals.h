// Signals as something to look for, instead of something that interrupts.
#ifndef ALTHING_REPLICA_NET_SIGNALS_H_
#define ALTHING_REPLICA_NET_SIGNALS_H_

#include <optional>

namespace althing {

// Keeps SIGTERM, SIGINT and SIGUSR1 back until they are taken, and ignores SIGPIPE. REQUIRES: no
// other thread has been made yet, so that all inherit it.
void BlockSignals();

// One of those that have come, if any; each is taken once. Any thread.
std::optional<int> TakeSignal();
// Takes SIGTERM or SIGINT, if one has come; the other signals stay. Any thread.
bool TakeStopSignal();

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_SIGNALS_H_
