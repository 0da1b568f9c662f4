#include "replica/net/file_limit.h"

#include <sys/resource.h>

#include "replica/core/check.h"

namespace althing {

uint64_t RaiseOpenFileLimit() {
  rlimit limit = {};
  CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  // Refused where the kernel's own bound was lowered beneath the hard limit: then it stays.
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur;
}

}  // namespace althing
