// How large and in what form files and functions are.
#ifndef ALTHING_TESTS_TIDY_SHAPE_RULES_H_
#define ALTHING_TESTS_TIDY_SHAPE_RULES_H_

#include <vector>

#include "tests/tidy/source.h"

namespace althing::tidy {

inline constexpr int kFileLinesMax = 500;
inline constexpr int kFunctionLinesMax = 69;

// Sources, schemas and scripts of at most kFileLinesMax lines.
std::vector<Finding> CheckFileSize(const Source& source);

// Functions of at most kFunctionLinesMax lines, from the first of the signature to the closing
// brace. Relies on the format that clang-format gives.
std::vector<Finding> CheckFunctionSize(const Source& source);

// replica/core/ids.h is guarded by ALTHING_REPLICA_CORE_IDS_H_.
std::vector<Finding> CheckHeaderGuard(const Source& source);

}  // namespace althing::tidy

#endif  // ALTHING_TESTS_TIDY_SHAPE_RULES_H_
