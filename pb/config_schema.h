// What config.proto cannot say by itself: each setting's path, default and bounds; stated here and
// nowhere else.
#ifndef ALTHING_PB_CONFIG_SCHEMA_H_
#define ALTHING_PB_CONFIG_SCHEMA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "pb/config.pb.h"

namespace althing {

inline constexpr int kReplicasMax = 9;

// One scalar that the file, the environment and flags can set.
struct ConfigField {
  std::string path;                                                // As in "batch.bytes_max".
  std::vector<const google::protobuf::FieldDescriptor*> sections;  // From Config inwards.
  const google::protobuf::FieldDescriptor* field;                  // In the innermost section.

  const google::protobuf::Message& SectionOf(const v1::Config& config) const;
  google::protobuf::Message* MutableSectionOf(v1::Config& config) const;
};

// In the order of config.proto; the fields of `replicas` are not among them.
std::vector<ConfigField> ConfigFields();

// Default and bounds of a scalar. Replicas' fields have the path "replicas.id" and so on.
struct FieldRule {
  absl::string_view path;
  // As a flag would give it. Empty: required, or derived from other fields.
  absl::string_view default_text;
  uint64_t min = 0;                // Numbers only.
  uint64_t max = 0;                // Numbers only.
  absl::string_view noun = {};     // What a number stands for, as in "port", if it has a word.
  absl::string_view choices = {};  // Texts only: all that are allowed, as in "a, b"; empty: any.
};

// REQUIRES: `path` is that of a scalar.
const FieldRule& RuleOf(absl::string_view path);

// The one of `candidates` that somebody who wrote `name` most likely meant; nothing if none is
// near.
std::optional<std::string> NearestName(absl::string_view name,
                                       const std::vector<std::string>& candidates);

}  // namespace althing

#endif  // ALTHING_PB_CONFIG_SCHEMA_H_
