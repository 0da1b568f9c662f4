// What does not stand in the tree at all.
#ifndef ALTHING_TESTS_TIDY_BAN_RULES_H_
#define ALTHING_TESTS_TIDY_BAN_RULES_H_

#include <vector>

#include "tests/tidy/source.h"

namespace althing::tidy {

// No mark of unfinished work in any text, and no test that is skipped without a reason.
std::vector<Finding> CheckNothingIsUnfinished(const Source& source);

// No exceptions of ours, no generator that differs between libraries or runs, no namespace std
// poured out, no owning raw pointer: `new` stands directly in a unique_ptr or not at all.
std::vector<Finding> CheckBannedCode(const Source& source);

// No path that exists only on the machine of one developer.
std::vector<Finding> CheckMachinePaths(const Source& source);

}  // namespace althing::tidy

#endif  // ALTHING_TESTS_TIDY_BAN_RULES_H_
