// Who may include what: main > net > runtime > storage > core > pb, and client > pb.
#ifndef ALTHING_TESTS_TIDY_INCLUDE_RULES_H_
#define ALTHING_TESTS_TIDY_INCLUDE_RULES_H_

#include <vector>

#include "tests/tidy/source.h"

namespace althing::tidy {

// The order of the folders; nobody but tests includes tests; one protocol never includes another.
std::vector<Finding> CheckFolderOrder(const Source& source);

// gRPC in net/, client/ and tests alone; spdlog in runtime/log_line and tests alone.
std::vector<Finding> CheckLibraries(const Source& source);

// client/api/ includes the standard library and Abseil's status, time and strings only.
std::vector<Finding> CheckPublicHeaders(const Source& source);

// core/ includes itself, generated messages, and pure parts of libraries: nothing that knows of
// threads, time, chance, files or the environment.
std::vector<Finding> CheckCoreIsPure(const Source& source);

// Mutexes live in runtime/channel, net/ and the client library's inbox only.
std::vector<Finding> CheckMutexes(const Source& source);

}  // namespace althing::tidy

#endif  // ALTHING_TESTS_TIDY_INCLUDE_RULES_H_
