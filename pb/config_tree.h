// A JSON tree -> Config, along the schema.
#ifndef ALTHING_PB_CONFIG_TREE_H_
#define ALTHING_PB_CONFIG_TREE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "pb/config.pb.h"

namespace althing {

// Sets in `config` what `tree` holds and appends the paths of the scalars it set, without those of
// `replicas`, to `paths`. INVALID_ARGUMENT for an unknown name (with the nearest known one), a
// wrong type or a value out of bounds; the message begins with the field's path, as in
// "replicas[2].peer_port: 70000 is not a port; use 1 to 65535".
absl::Status ReadConfigTree(const nlohmann::json& tree, v1::Config& config,
                            std::vector<std::string>& paths);

}  // namespace althing

#endif  // ALTHING_PB_CONFIG_TREE_H_
