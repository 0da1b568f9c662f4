// The table of what `client run` can be told: name, meaning, and where it goes.
#ifndef ALTHING_CLIENT_COMMANDS_RUN_FIELDS_H_
#define ALTHING_CLIENT_COMMANDS_RUN_FIELDS_H_

#include <CLI/App.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "client/commands/run_options.h"

namespace althing {

struct RunField {
  const char* name;  // As in a file; the flag has dashes.
  const char* what;
  std::variant<bool RunOptions::*, uint64_t RunOptions::*, double RunOptions::*,
               std::string RunOptions::*, std::optional<uint64_t> RunOptions::*,
               std::optional<double> RunOptions::*, std::optional<std::string> RunOptions::*,
               std::vector<double> RunOptions::*, std::vector<Phase> RunOptions::*>
      member;
};

const std::vector<RunField>& RunFields();

// Null if there is none.
const RunField* FindRunField(const std::string& name);

// "count, duration, ...": those that a file may have.
std::string RunFieldNames();

// INVALID_ARGUMENT if the value is not of the field's type.
absl::Status SetRunField(const RunField& field, const RunJson& value, RunOptions& options);

// Null if it has no value.
RunJson GetRunField(const RunField& field, const RunOptions& options);

void DeclareRunField(const RunField& field, const std::string& flag, CLI::App& app,
                     RunOptions& options);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_RUN_FIELDS_H_
