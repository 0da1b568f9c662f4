// Instances as people write them: coordinator.slot.
#ifndef ALTHING_CLIENT_REPORT_INSTANCE_NAME_H_
#define ALTHING_CLIENT_REPORT_INSTANCE_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pb/kv.pb.h"

namespace althing {

// "0.17". INVALID_ARGUMENT if the text is not two numbers, the second above 0.
absl::StatusOr<v1::InstanceId> ParseInstance(absl::string_view text);
std::string InstanceName(const v1::InstanceId& id);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_INSTANCE_NAME_H_
