// The log says what its document says.
#ifndef ALTHING_TESTS_TIDY_LOG_RULES_H_
#define ALTHING_TESTS_TIDY_LOG_RULES_H_

#include <vector>

#include "tests/tidy/source.h"

namespace althing::tidy {

// `reference`, the source docs/logs.md, has a row "| `event` | level |" of each event that is
// logged below replica/, at that level, and no other row of these levels.
std::vector<Finding> CheckEvents(const std::vector<Source>& tree, const Source& reference);

}  // namespace althing::tidy

#endif  // ALTHING_TESTS_TIDY_LOG_RULES_H_
