// What every command is told.
#ifndef ALTHING_CLIENT_COMMANDS_OPTIONS_H_
#define ALTHING_CLIENT_COMMANDS_OPTIONS_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace althing {

enum class OutputFormat { kText, kJson };

struct CommonOptions {
  absl::Duration timeout = absl::Seconds(5);  // Of each call; put, get, del: of all tries.
  OutputFormat output = OutputFormat::kText;
  std::optional<uint32_t> replica =
      std::nullopt;  // An Endpoint::replica; without it the command chooses.

  bool json() const { return output == OutputFormat::kJson; }
};

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_OPTIONS_H_
