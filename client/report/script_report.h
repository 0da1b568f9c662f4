// The words of `client script`: a line for each access, and the sum at the end.
#ifndef ALTHING_CLIENT_REPORT_SCRIPT_REPORT_H_
#define ALTHING_CLIENT_REPORT_SCRIPT_REPORT_H_

#include <cstddef>
#include <string>

#include "client/script/script_run.h"

namespace althing {

// "demo.txt:3  replica 1    0.84 ms  put k v: OK, version 1"; accesses that were under way together
// are marked with |. Long and unprintable texts are shortened and escaped. `place_width`: of the
// first column.
std::string AccessText(const AccessEnd& end, size_t place_width);

// The same as one JSON object, with nothing left out (docs/client.md).
std::string AccessJson(const AccessEnd& end);

// "3 accesses, 3 answered, 0 failed, 0.012 s, 250 per second".
std::string ScriptSummaryText(const ScriptResult& result);
std::string ScriptSummaryJson(const ScriptResult& result);

// As a line of a history file (docs/history.md).
std::string AccessHistory(const AccessEnd& end);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_SCRIPT_REPORT_H_
