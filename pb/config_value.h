// One setting: from text or JSON into its field and back, with its type and bounds checked.
#ifndef ALTHING_PB_CONFIG_VALUE_H_
#define ALTHING_PB_CONFIG_VALUE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"
#include "pb/config_schema.h"

namespace althing {

// Sets `field` of `section`. INVALID_ARGUMENT if the type is wrong or the rule refuses the value;
// the message says what is wrong and what to write, and leaves the name of the field to the caller.
absl::Status SetFromJson(const nlohmann::json& value, const FieldRule& rule,
                         const google::protobuf::FieldDescriptor& field,
                         google::protobuf::Message& section);
absl::Status SetFromText(absl::string_view text, const FieldRule& rule,
                         const google::protobuf::FieldDescriptor& field,
                         google::protobuf::Message& section);

// The value as JSON would write it: 10, 0.5, true, "fifo".
std::string FormatValue(const google::protobuf::Message& section,
                        const google::protobuf::FieldDescriptor& field);

}  // namespace althing

#endif  // ALTHING_PB_CONFIG_VALUE_H_
