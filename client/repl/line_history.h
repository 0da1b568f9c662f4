// The lines of earlier sessions, in a file that only its owner may read: values stand in it.
#ifndef ALTHING_CLIENT_REPL_LINE_HISTORY_H_
#define ALTHING_CLIENT_REPL_LINE_HISTORY_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace althing {

inline constexpr size_t kHistoryLinesMax = 1000;

// $XDG_STATE_HOME/althing/history, else ~/.local/state/althing/history; empty without a home.
// `environment` gives a variable's value or null.
std::string HistoryPath(const std::function<const char*(const char*)>& environment);

// The newest kHistoryLinesMax lines, oldest first; the file is cut to them. Makes its folders, and
// sees to its mode, 0600. A status if the file cannot be kept.
absl::StatusOr<std::vector<std::string>> LoadHistory(const std::string& path);

// Shells that run side by side append to the same file. REQUIRES: no newline in it.
absl::Status AppendHistory(const std::string& path, const std::string& line);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPL_LINE_HISTORY_H_
