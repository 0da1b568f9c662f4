// Reads config.json, the one file that replicas and clients share, and says where each value came
// from. Precedence: flags beat the environment (ALTHING_*), which beats the file, which beats the
// defaults.
#ifndef ALTHING_PB_CONFIG_FILE_H_
#define ALTHING_PB_CONFIG_FILE_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pb/config.pb.h"

namespace althing {

enum class Origin { kDefault, kFile, kEnvironment, kFlag };

// A complete configuration. Invariants: every scalar field is set; all that is checkable without
// the machine has been checked; `config.replicas` is sorted by id, so a replica's index is its
// MemberIndex.
struct LoadedConfig {
  v1::Config config;
  std::string path;                       // The file it was read from.
  std::map<std::string, Origin> origins;  // Scalar field path, as in "batch.bytes_max" -> origin.
};

// The paths of all scalar fields that the environment and flags can set, in the order of
// config.proto.
std::vector<std::string> ConfigFieldPaths();

// "batch.bytes_max" -> "ALTHING_BATCH_BYTES_MAX".
std::string EnvironmentName(std::string_view field_path);

// Reads and checks. `environment` holds the process's variables (only ALTHING_* without
// ALTHING_CLIENT_* are looked at; an unknown one is an error), `flags` maps field paths to texts.
// INVALID_ARGUMENT or NOT_FOUND; the message is one line: file (or variable, or flag), field, what
// is wrong, how to mend it.
absl::StatusOr<LoadedConfig> LoadConfig(const std::string& path,
                                        const std::map<std::string, std::string>& environment,
                                        const std::map<std::string, std::string>& flags);

// The ALTHING_* variables of this process.
std::map<std::string, std::string> AlthingEnvironment();

// One line per scalar field: path, value, origin; aligned; replicas last. For --print-config.
std::string DescribeConfig(const LoadedConfig& loaded);

// One sentence per debug setting that is on; empty in normal operation.
std::vector<std::string> DebugWarnings(const v1::Config& config);

}  // namespace althing

#endif  // ALTHING_PB_CONFIG_FILE_H_
