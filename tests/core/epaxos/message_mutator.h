// Messages as an honest peer might send them, and what a liar or a broken machine makes of them.
// Same seed, same messages.
#ifndef ALTHING_TESTS_CORE_EPAXOS_MESSAGE_MUTATOR_H_
#define ALTHING_TESTS_CORE_EPAXOS_MESSAGE_MUTATOR_H_

#include <string>
#include <vector>

#include "pb/peer.pb.h"
#include "replica/core/quorum.h"
#include "replica/core/random.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {

class MessageMutator {
 public:
  MessageMutator(uint64_t seed, int members)
      : random_(seed), members_(static_cast<uint32_t>(members)) {}

  uint64_t Below(uint64_t bound) { return random_.Below(bound); }

  // Right in form, from this member, about small slots.
  pb::Envelope Plausible(uint32_t from) {
    pb::Envelope envelope;
    const uint32_t coordinator = Below(2) == 0 ? from : static_cast<uint32_t>(Below(members_));
    switch (1 + Below(17)) {
      case 1: {
        auto& m = *envelope.mutable_pre_accept();
        Fill(from, m.mutable_id(), m.mutable_initial_deps());
        m.set_payload(SomePayload(m.id()));
        m.set_fast_quorum(Quorum(from));
        break;
      }
      case 2: {
        auto& m = *envelope.mutable_pre_accept_ok();
        Fill(0, m.mutable_id(), m.mutable_deps());
        break;
      }
      case 3: {
        auto& m = *envelope.mutable_accept();
        Fill(coordinator, m.mutable_id(), m.mutable_deps());
        if (coordinator != from) m.set_ballot(members_ * (1 + Below(3)) + from);
        SetValue(m, m.id(), m.ballot() > 0);
        break;
      }
      case 4:
        SetId(0, envelope.mutable_accept_ok()->mutable_id());
        break;
      case 5: {
        auto& m = *envelope.mutable_commit();
        Fill(coordinator, m.mutable_id(), m.mutable_deps());
        SetValue(m, m.id(), true);
        break;
      }
      case 6:
        SetId(coordinator, envelope.mutable_nack()->mutable_id());
        envelope.mutable_nack()->set_ballot(1 + Below(20));
        break;
      case 7:
        envelope.mutable_heartbeat()->set_highest_own(5 + Below(5));
        envelope.mutable_heartbeat()->set_committed_prefix_own(Below(5));
        break;
      case 8:
        envelope.mutable_heartbeat_echo()->set_highest_own(Below(3));
        break;
      case 9:
        SetId(coordinator, envelope.mutable_probe()->add_ids());
        envelope.mutable_probe()->set_with_payload(Below(2) == 0);
        break;
      case 10:
        SetId(from, envelope.mutable_probe_reply()->add_in_progress());
        SetId(from, envelope.mutable_probe_reply()->add_not_mine());
        break;
      case 11:
        SetId(coordinator, envelope.mutable_fetch()->add_ids());
        break;
      case 12:
        SetId(coordinator, envelope.mutable_payload()->mutable_id());
        envelope.mutable_payload()->set_payload(SomePayload(envelope.payload().id()));
        break;
      default:
        FillRecovery(from, coordinator, envelope);
    }
    return envelope;
  }

  // One to three fields get another value, or bytes are damaged.
  pb::Envelope Mutated(pb::Envelope envelope) {
    if (Below(4) == 0) return Damaged(envelope);
    for (uint64_t i = 1 + Below(3); i > 0; --i) MutateField(&envelope);
    return envelope;
  }

 private:
  using Field = google::protobuf::FieldDescriptor;

  void SetId(uint32_t coordinator, pb::InstanceId* id) {
    id->set_coordinator(coordinator);
    id->set_slot(1 + Below(8));
  }
  template <typename Slots>
  void Fill(uint32_t coordinator, pb::InstanceId* id, Slots* deps) {
    SetId(coordinator, id);
    for (uint32_t r = 0; r < members_; ++r) {
      deps->Add(r == 0 ? 0 : Below(r == coordinator ? id->slot() : 6));
    }
  }
  template <typename Message>
  void SetValue(Message& message, const pb::InstanceId& id, bool may_be_noop) {
    const uint64_t draw = Below(may_be_noop ? 3 : 2);
    if (draw == 0) message.set_payload(SomePayload(id));
    if (draw == 1) message.set_as_pre_accepted(true);
    if (draw == 2) message.set_noop(true);
  }
  void FillRecovery(uint32_t from, uint32_t coordinator, pb::Envelope& envelope) {
    switch (Below(5)) {
      case 0:
        SetId(coordinator, envelope.mutable_recover()->mutable_id());
        envelope.mutable_recover()->set_ballot(members_ * (1 + Below(3)) + from);
        break;
      case 1:
        FillAnswer(from, coordinator, *envelope.mutable_recover_ok());
        break;
      case 2: {
        auto& m = *envelope.mutable_validate();
        Fill(coordinator, m.mutable_id(), m.mutable_initial_deps());
        m.set_ballot(members_ * (1 + Below(3)) + from);
        m.set_payload(SomePayload(m.id()));
        m.set_fast_quorum(Quorum(coordinator));
        break;
      }
      case 3: {
        auto& m = *envelope.mutable_validate_ok();
        SetId(coordinator, m.mutable_id());
        m.set_ballot(members_ * (1 + Below(3)));
        for (uint64_t i = Below(3); i > 0; --i) {
          SetId(static_cast<uint32_t>(Below(members_)), m.add_invalidators()->mutable_id());
          m.mutable_invalidators()->rbegin()->set_committed(Below(2) == 0);
        }
        break;
      }
      case 4:
        SetId(coordinator, envelope.mutable_waiting()->mutable_id());
        envelope.mutable_waiting()->set_voters(1u << coordinator |
                                               static_cast<uint32_t>(Below(1u << members_)));
        break;
    }
  }
  // To a Recover of member 0.
  void FillAnswer(uint32_t from, uint32_t coordinator, pb::RecoverOk& m) {
    Fill(coordinator, m.mutable_id(), m.mutable_initial_deps());
    m.set_ballot(members_ * (1 + Below(3)));
    m.set_fast_quorum(Quorum(coordinator));
    m.set_intact(from == coordinator && Below(2) == 0);
    const uint64_t draw = Below(4);
    if (draw == 0) return;
    *m.mutable_deps() = m.initial_deps();
    m.set_phase(draw == 1 ? pb::RecoverOk::PHASE_PRE_ACCEPTED : pb::RecoverOk::PHASE_ACCEPTED);
    m.set_noop(draw == 3);
    m.set_accepted_ballot(draw == 3 ? 1 + Below(2) : 0);
    if (draw != 3) m.set_payload(SomePayload(m.id()));
  }
  // Nearly always the same for the same instance, as its coordinator would say it.
  std::string SomePayload(const pb::InstanceId& id) {
    const uint64_t key = Below(50) == 0 ? Below(4) : (id.coordinator() + id.slot()) % 4;
    return Put("key" + std::to_string(key));
  }
  uint32_t Quorum(uint32_t from) const {
    const auto quorums = *Quorums::Create(static_cast<int>(members_), {}, {});
    return quorums.FastQuorum(MemberIndex{static_cast<uint8_t>(from)}).bits();
  }

  pb::Envelope Damaged(const pb::Envelope& envelope) {
    std::string bytes = envelope.SerializeAsString();
    for (uint64_t i = 1 + Below(3); i > 0 && !bytes.empty(); --i) {
      bytes[Below(bytes.size())] ^= static_cast<char>(1 << Below(8));
    }
    if (Below(4) == 0) bytes.resize(Below(bytes.size() + 1));
    pb::Envelope damaged;
    // What cannot be read ends the stream before it comes to the core.
    return damaged.ParseFromString(bytes) ? damaged : envelope;
  }

  uint64_t SomeNumber(uint64_t now) {
    const uint64_t odd[] = {0,
                            1,
                            now + 1,
                            now - 1,
                            9,
                            uint64_t{1} << 32,
                            uint64_t{1} << 40,
                            uint64_t{1} << 55,
                            (uint64_t{1} << 55) + 1,
                            uint64_t{1} << 63,
                            UINT64_MAX,
                            Below(16)};
    return odd[Below(std::size(odd))];
  }

  void MutateField(google::protobuf::Message* message) {
    const auto* reflection = message->GetReflection();
    std::vector<const Field*> fields;
    reflection->ListFields(*message, &fields);
    if (fields.empty()) return;
    const Field* field = fields[Below(fields.size())];
    if (field->is_repeated()) {
      MutateRepeated(message, field);
    } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
      if (Below(20) == 0) {
        reflection->ClearField(message, field);
      } else {
        MutateField(reflection->MutableMessage(message, field));
      }
    } else if (field->cpp_type() == Field::CPPTYPE_UINT64) {
      reflection->SetUInt64(message, field, SomeNumber(reflection->GetUInt64(*message, field)));
    } else if (field->cpp_type() == Field::CPPTYPE_UINT32) {
      const uint64_t number = SomeNumber(reflection->GetUInt32(*message, field));
      reflection->SetUInt32(message, field, static_cast<uint32_t>(number));
    } else if (field->cpp_type() == Field::CPPTYPE_BOOL) {
      reflection->SetBool(message, field, Below(2) == 0);
    } else if (field->cpp_type() == Field::CPPTYPE_ENUM) {
      reflection->SetEnumValue(message, field, static_cast<int>(Below(5)));
    } else {
      const char* const bytes[] = {"", "\xFF", "garbage", "\x0A\x7F", "\x0A\x00"};
      reflection->SetString(message, field, bytes[Below(std::size(bytes))]);
    }
  }

  void MutateRepeated(google::protobuf::Message* message, const Field* field) {
    const auto* reflection = message->GetReflection();
    const int size = reflection->FieldSize(*message, field);
    const uint64_t draw = Below(6);
    if (draw == 0) {
      reflection->RemoveLast(message, field);
    } else if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
      if (draw == 1) {
        for (uint64_t i = Below(1200); i > 0; --i) reflection->AddMessage(message, field);
      } else {
        MutateField(reflection->MutableRepeatedMessage(
            message, field, static_cast<int>(Below(static_cast<uint64_t>(size)))));
      }
    } else if (draw == 1) {
      for (uint64_t i = 1 + Below(100); i > 0; --i) reflection->AddUInt64(message, field, i);
    } else {
      const int at = static_cast<int>(Below(static_cast<uint64_t>(size)));
      const uint64_t now = reflection->GetRepeatedUInt64(*message, field, at);
      reflection->SetRepeatedUInt64(message, field, at, SomeNumber(now));
    }
  }

  Random random_;
  const uint32_t members_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_CORE_EPAXOS_MESSAGE_MUTATOR_H_
