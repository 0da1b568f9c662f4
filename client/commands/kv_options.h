// The words of put, append, get and del on the command line, and the command that they mean.
#ifndef ALTHING_CLIENT_COMMANDS_KV_OPTIONS_H_
#define ALTHING_CLIENT_COMMANDS_KV_OPTIONS_H_

#include <cstdint>
#include <istream>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "althing/client.h"
#include "client/report/encoding.h"

namespace althing {

struct KvOptions {
  KeyCommand::Operation operation = KeyCommand::Operation::kGet;
  std::string key = {};
  std::optional<std::string> value = std::nullopt;  // As the encoding writes it.
  std::optional<std::string> value_file =
      std::nullopt;  // Read as it is, whatever the encoding; "-" is `in`.
  std::optional<uint64_t> if_version = std::nullopt;
  std::optional<std::string> if_value = std::nullopt;  // As the encoding writes it.
  bool if_absent = false;
  Encoding encoding = Encoding::kUtf8;
};

// INVALID_ARGUMENT, saying what to do: no key, a key or value that is not what the encoding says, a
// file that cannot be read. REQUIRES: at most one condition; for put and append, either a value or
// a file.
absl::StatusOr<KeyCommand> MakeCommand(const KvOptions& options, std::istream& in);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_OPTIONS_H_
