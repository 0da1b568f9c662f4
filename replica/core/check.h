// CHECK: what the replica itself derives must hold, in release too. A replica that dies is
// a failure of those that the cluster tolerates; one that goes on with a broken invariant diverges.
#ifndef ALTHING_REPLICA_CORE_CHECK_H_
#define ALTHING_REPLICA_CORE_CHECK_H_

#include <cstdio>
#include <cstdlib>

namespace althing::internal {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(
      stderr, "%s:%d: CHECK failed: %s. This is a bug of Althing: please report it with the log.\n",
      file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace althing::internal

#define CHECK(condition)                                                \
  do {                                                                  \
    if (!(condition)) [[unlikely]]                                      \
      ::althing::internal::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)

#endif  // ALTHING_REPLICA_CORE_CHECK_H_
