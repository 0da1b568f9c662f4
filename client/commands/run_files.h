// The files that a load run writes beside its report.
#ifndef ALTHING_CLIENT_COMMANDS_RUN_FILES_H_
#define ALTHING_CLIENT_COMMANDS_RUN_FILES_H_

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "client/commands/run_options.h"
#include "client/load_loop.h"

namespace althing {

class RunFiles {
 public:
  // `options` are used until the files are gone.
  explicit RunFiles(const RunOptions& options) : options_(options) {}

  // INVALID_ARGUMENT if one cannot be written.
  absl::Status Open();
  void WriteAccess(const LoadAccess& access);
  void WriteHistory(const std::string& line) { history_ << line; }
  // Writes the report. An error if a file could not be written to its end.
  absl::Status Close(const std::string& report_json);

 private:
  const RunOptions& options_;
  std::ofstream history_, csv_, json_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_RUN_FILES_H_
