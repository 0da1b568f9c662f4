#include "replica/runtime/message_name.h"

#include <google/protobuf/descriptor.h>

namespace althing {

std::string_view MessageName(pb::Envelope::MessageCase type) {
  if (type == pb::Envelope::MESSAGE_NOT_SET) return "Unset";
  const google::protobuf::FieldDescriptor* field =
      pb::Envelope::descriptor()->FindFieldByNumber(type);
  if (field == nullptr || field->message_type() == nullptr) return "";
  return field->message_type()->name();
}

}  // namespace althing
