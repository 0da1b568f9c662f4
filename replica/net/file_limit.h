// How many files the process may have open.
#ifndef ALTHING_REPLICA_NET_FILE_LIMIT_H_
#define ALTHING_REPLICA_NET_FILE_LIMIT_H_

#include <cstdint>

namespace althing {

// The log keeps all its files open, and each connection of a client is one: below this it gets
// tight.
inline constexpr uint64_t kOpenFilesWanted = 4096;

// Raises the soft limit of this process to the hard one, which it may not pass. Returns the limit
// that holds now.
uint64_t RaiseOpenFileLimit();

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_FILE_LIMIT_H_
