// Requests and batches for tests.
#ifndef ALTHING_TESTS_CORE_REQUESTS_H_
#define ALTHING_TESTS_CORE_REQUESTS_H_

#include <string>
#include <utility>
#include <vector>

#include "replica/core/ids.h"

namespace althing {

inline pb::Command Make(pb::Operation operation, std::string key, std::string value = "") {
  pb::Command command;
  command.set_operation(operation);
  command.set_key(std::move(key));
  command.set_value(std::move(value));
  return command;
}

inline pb::Request Of(const std::vector<pb::Command>& commands) {
  pb::Request request;
  for (const pb::Command& command : commands) *request.add_commands() = command;
  return request;
}

inline std::string Encode(const std::vector<pb::Request>& requests) {
  pb::RequestBatch batch;
  for (const pb::Request& request : requests) *batch.add_requests() = request;
  return batch.SerializeAsString();
}

inline pb::Request InSession(uint32_t coordinator, uint64_t slot, uint32_t position) {
  pb::Request request;
  request.mutable_session()->set_partition(5);
  request.mutable_session()->set_coordinator(coordinator);
  request.mutable_session()->set_slot(slot);
  request.mutable_session()->set_position(position);
  return request;
}

}  // namespace althing

#endif  // ALTHING_TESTS_CORE_REQUESTS_H_
