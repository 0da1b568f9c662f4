#include "replica/runtime/trace_ring.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <vector>

#include "replica/runtime/message_name.h"

namespace althing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Every instance that a field of the message names, in the order of the fields.
std::vector<const pb::InstanceId*> InstancesOf(const pb::Envelope& envelope) {
  std::vector<const pb::InstanceId*> ids;
  const FieldDescriptor* which = envelope.GetReflection()->GetOneofFieldDescriptor(
      envelope, pb::Envelope::descriptor()->FindOneofByName("message"));
  if (which == nullptr) return ids;
  const Message& message = envelope.GetReflection()->GetMessage(envelope, which);
  const Reflection* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  const auto add = [&ids](const Message& id) {
    ids.push_back(static_cast<const pb::InstanceId*>(&id));
  };
  for (const FieldDescriptor* field : fields) {
    if (field->message_type() != pb::InstanceId::descriptor()) continue;
    if (!field->is_repeated()) {
      add(reflection->GetMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      add(reflection->GetRepeatedMessage(message, field, i));
    }
  }
  return ids;
}

pb::TraceEvent ToProto(const TraceRing::Event& event) {
  pb::TraceEvent proto;
  proto.set_kind(event.kind);
  proto.set_time_ns(event.time_ns);
  proto.set_peer(event.peer.value);
  proto.set_type(std::string(event.type));
  if (event.kind != pb::TraceEvent::KIND_APPENDED) proto.set_count(event.number);
  proto.set_arrival_ns(event.arrival_ns);
  proto.set_handled_ns(event.handled_ns);
  return proto;
}

}  // namespace

void TraceRing::Add(const Event& event) {
  if (events_.size() < kEventsMax) {
    events_.push_back(event);
    return;
  }
  events_[next_] = event;
  next_ = (next_ + 1) % kEventsMax;
}

void TraceRing::AddMessage(Event event, const pb::Envelope& envelope) {
  event.type = MessageName(envelope.message_case());
  event.partition = PartitionId{envelope.partition()};
  for (const pb::InstanceId* id : InstancesOf(envelope)) {
    if (id->coordinator() >= kMembersMax) continue;
    event.id = FromProto(*id);
    Add(event);
  }
}

void TraceRing::Find(PartitionId partition, InstanceId id, pb::TraceEventsReply& reply) const {
  reply.set_remembered(events_.size());
  if (!events_.empty()) reply.set_oldest_ns(events_[next_].time_ns);
  std::vector<const Event*> not_durable;
  for (size_t i = 0; i < events_.size(); ++i) {
    const Event& event = events_[(next_ + i) % events_.size()];
    if (event.partition != partition) continue;
    if (event.kind == pb::TraceEvent::KIND_DURABLE) {
      std::erase_if(not_durable, [&](const Event* appended) {
        if (appended->number > event.number) return false;
        Event durable = *appended;
        durable.kind = event.kind;
        durable.time_ns = event.time_ns;
        durable.number = 0;
        *reply.add_events() = ToProto(durable);
        return true;
      });
    } else if (event.id == id) {
      *reply.add_events() = ToProto(event);
      if (event.kind == pb::TraceEvent::KIND_APPENDED) not_durable.push_back(&event);
    }
  }
}

}  // namespace althing
