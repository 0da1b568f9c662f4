#include "replica/runtime/trace.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "replica/runtime/message_name.h"
#include "tests/runtime/fakes.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::althing::testing::HeartbeatEnvelope;

pb::Envelope Partition3() {
  pb::Envelope envelope;
  envelope.set_partition(3);
  return envelope;
}

template <typename Message>
void SetId(Message* message, uint32_t coordinator, uint64_t slot) {
  message->mutable_id()->set_coordinator(coordinator);
  message->mutable_id()->set_slot(slot);
}

void AddId(google::protobuf::RepeatedPtrField<pb::InstanceId>* ids, uint32_t coordinator,
           uint64_t slot) {
  pb::InstanceId* id = ids->Add();
  id->set_coordinator(coordinator);
  id->set_slot(slot);
}

std::string Commands() {
  pb::RequestBatch batch;
  pb::Command* put = batch.add_requests()->add_commands();
  put->set_operation(pb::OPERATION_PUT);
  put->set_key("key");
  put->set_value("value");
  pb::Command* get = batch.add_requests()->add_commands();
  get->set_operation(pb::OPERATION_GET);
  get->set_key("a\"b\x01\n\xff");
  pb::Command* del = batch.add_requests()->add_commands();
  del->set_operation(pb::OPERATION_DELETE);
  del->set_key(std::string(40, 'k'));
  batch.add_requests()->add_commands()->set_key("odd");
  pb::Request* session = batch.add_requests();
  *session->add_commands() = *get;
  *session->add_commands() = *put;
  session->set_number(5);
  session->mutable_session()->set_slot(7);
  session->mutable_session()->set_position(2);
  pb::Request* close = batch.add_requests();
  *close->mutable_session() = session->session();
  close->mutable_close()->set_if_executed(0);
  batch.add_requests()->mutable_open();
  batch.add_requests()->mutable_keep();
  batch.add_requests()->mutable_trim()->set_below(9);
  return batch.SerializeAsString();
}

constexpr char kCommands[] =
    R"("put 'key'(5 bytes), get 'a\\\"b\\001\\n\\377', )"
    R"(del 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk'..., unknown 'odd', )"
    R"(get 'a\\\"b\\001\\n\\377' + put 'key'(5 bytes) in session 0.7/2 number 5, )"
    R"(close if executed 0 in session 0.7/2, open, keep, trim below 9")";

template <typename Message>
void SetDeps(Message* message) {
  for (const uint64_t slot : {0, 0, 7, 0, 2}) message->add_deps(slot);
}

// All three levels of a message from 0 to 1: each adds words to the one below.
void ExpectLines(const pb::Envelope& envelope, const std::string& level1, const std::string& level2,
                 const std::string& level9) {
  const auto line = [&envelope](uint32_t level) {
    return TraceLine(level, /*sent=*/true, MemberIndex{0}, MemberIndex{1}, envelope);
  };
  EXPECT_EQ(line(1), level1);
  EXPECT_EQ(line(2), level1 + level2);
  EXPECT_EQ(line(9), level1 + level2 + level9);
}

TEST(TraceLineTest, PreAccept) {
  pb::Envelope envelope = Partition3();
  pb::PreAccept* m = envelope.mutable_pre_accept();
  SetId(m, 0, 1);
  for (int i = 0; i < 5; ++i) m->add_initial_deps(0);
  m->set_fast_quorum(0b00111);
  m->set_payload(Commands());
  ExpectLines(envelope, "event=send message=PreAccept from=0 to=1 instance=0.1 partition=3",
              " ballot=0 deps=[0,0,0,0,0]",
              std::string(" fast_quorum={0,1,2} payload=") + kCommands);
}

TEST(TraceLineTest, PreAcceptOk) {
  pb::Envelope envelope = Partition3();
  SetId(envelope.mutable_pre_accept_ok(), 2, 8);
  SetDeps(envelope.mutable_pre_accept_ok());
  ExpectLines(envelope, "event=send message=PreAcceptOk from=0 to=1 instance=2.8 partition=3",
              " ballot=0 deps=[0,0,7,0,2]", "");
}

TEST(TraceLineTest, Accept) {
  pb::Envelope envelope = Partition3();
  pb::Accept* m = envelope.mutable_accept();
  SetId(m, 3, 1);
  m->set_ballot(6);
  SetDeps(m);
  const std::string level1 = "event=send message=Accept from=0 to=1 instance=3.1 partition=3";
  const std::string level2 = " ballot=6 deps=[0,0,7,0,2]";
  ExpectLines(envelope, level1, level2, "");
  m->set_noop(true);
  ExpectLines(envelope, level1, level2, " value=noop");
  m->set_as_pre_accepted(true);
  ExpectLines(envelope, level1, level2, " value=as_pre_accepted");
  m->set_payload("\x0a\x05");
  ExpectLines(envelope, level1, level2, " payload=\"damaged(2 bytes)\"");
}

TEST(TraceLineTest, AcceptOk) {
  pb::Envelope envelope = Partition3();
  SetId(envelope.mutable_accept_ok(), 3, 1);
  envelope.mutable_accept_ok()->set_ballot(6);
  ExpectLines(envelope, "event=send message=AcceptOk from=0 to=1 instance=3.1 partition=3",
              " ballot=6", "");
}

TEST(TraceLineTest, Commit) {
  pb::Envelope envelope = Partition3();
  pb::Commit* m = envelope.mutable_commit();
  SetId(m, 4, 2);
  SetDeps(m);
  const std::string level1 = "event=send message=Commit from=0 to=1 instance=4.2 partition=3";
  m->set_payload(Commands());
  ExpectLines(envelope, level1, " deps=[0,0,7,0,2]", std::string(" payload=") + kCommands);
  m->set_noop(true);
  ExpectLines(envelope, level1, " deps=[0,0,7,0,2]", " value=noop");
  m->set_as_pre_accepted(true);
  ExpectLines(envelope, level1, " deps=[0,0,7,0,2]", " value=as_pre_accepted");
}

TEST(TraceLineTest, Nack) {
  pb::Envelope envelope = Partition3();
  SetId(envelope.mutable_nack(), 1, 9);
  envelope.mutable_nack()->set_ballot(11);
  ExpectLines(envelope, "event=send message=Nack from=0 to=1 instance=1.9 partition=3",
              " ballot=11", "");
}

TEST(TraceLineTest, Heartbeat) {
  pb::Envelope envelope = Partition3();
  envelope.mutable_heartbeat()->set_highest_own(5);
  envelope.mutable_heartbeat()->set_committed_prefix_own(4);
  ExpectLines(envelope, "event=send message=Heartbeat from=0 to=1 partition=3", "",
              " highest_own=5 committed_prefix_own=4");
}

TEST(TraceLineTest, HeartbeatEcho) {
  pb::Envelope envelope = Partition3();
  envelope.mutable_heartbeat_echo()->set_highest_own(5);
  envelope.mutable_heartbeat_echo()->set_committed_prefix_own(4);
  for (const uint64_t slot : {0, 7}) envelope.mutable_heartbeat_echo()->add_seen_of_lost(slot);
  envelope.mutable_heartbeat_echo()->add_applied(6);
  envelope.mutable_heartbeat_echo()->add_everywhere(3);
  ExpectLines(
      envelope, "event=send message=HeartbeatEcho from=0 to=1 partition=3", "",
      " highest_own=5 committed_prefix_own=4 seen_of_lost=[0,7] applied=[6] everywhere=[3]");
}

TEST(TraceLineTest, Probe) {
  pb::Envelope envelope = Partition3();
  envelope.mutable_probe();
  ExpectLines(envelope, "event=send message=Probe from=0 to=1 partition=3", "", " ids=[]");
  AddId(envelope.mutable_probe()->mutable_ids(), 2, 1);
  ExpectLines(envelope, "event=send message=Probe from=0 to=1 instance=2.1 partition=3", "",
              " ids=[2.1]");
  for (uint64_t slot = 2; slot <= 10; ++slot) {
    AddId(envelope.mutable_probe()->mutable_ids(), 2, slot);
  }
  ExpectLines(envelope,
              "event=send message=Probe from=0 to=1 instances=2.1,2.2,2.3,2.4,2.5,2.6,2.7,2.8,+2 "
              "partition=3",
              "", " ids=[2.1,2.2,2.3,2.4,2.5,2.6,2.7,2.8,2.9,2.10]");
  envelope.mutable_probe()->mutable_ids()->DeleteSubrange(1, 9);
  envelope.mutable_probe()->set_with_payload(true);
  ExpectLines(envelope, "event=send message=Probe from=0 to=1 instance=2.1 partition=3", "",
              " ids=[2.1] with_payload=true");
}

TEST(TraceLineTest, ProbeReply) {
  pb::Envelope envelope = Partition3();
  AddId(envelope.mutable_probe_reply()->mutable_in_progress(), 2, 1);
  AddId(envelope.mutable_probe_reply()->mutable_not_mine(), 2, 3);
  ExpectLines(envelope, "event=send message=ProbeReply from=0 to=1 instances=2.1,2.3 partition=3",
              "", " in_progress=[2.1] not_mine=[2.3]");
}

TEST(TraceLineTest, Fetch) {
  pb::Envelope envelope = Partition3();
  AddId(envelope.mutable_fetch()->mutable_ids(), 0, 1);
  AddId(envelope.mutable_fetch()->mutable_ids(), 0, 2);
  ExpectLines(envelope, "event=send message=Fetch from=0 to=1 instances=0.1,0.2 partition=3", "",
              " ids=[0.1,0.2]");
}

TEST(TraceLineTest, Payload) {
  pb::Envelope envelope = Partition3();
  SetId(envelope.mutable_payload(), 0, 6);
  envelope.mutable_payload()->set_payload(Commands());
  ExpectLines(envelope, "event=send message=Payload from=0 to=1 instance=0.6 partition=3", "",
              std::string(" payload=") + kCommands);
}

TEST(TraceLineTest, Recover) {
  pb::Envelope envelope = Partition3();
  SetId(envelope.mutable_recover(), 0, 6);
  envelope.mutable_recover()->set_ballot(8);
  ExpectLines(envelope, "event=send message=Recover from=0 to=1 instance=0.6 partition=3",
              " ballot=8", "");
}

TEST(TraceLineTest, RecoverOk) {
  pb::Envelope envelope = Partition3();
  pb::RecoverOk* m = envelope.mutable_recover_ok();
  SetId(m, 0, 6);
  m->set_ballot(8);
  const std::string level1 = "event=send message=RecoverOk from=0 to=1 instance=0.6 partition=3";
  ExpectLines(envelope, level1, " ballot=8 deps=[]",
              " phase=none accepted_ballot=0 initial_deps=[] fast_quorum={} intact=false");
  SetDeps(m);
  for (int i = 0; i < 5; ++i) m->add_initial_deps(0);
  m->set_fast_quorum(0b00111);
  m->set_intact(true);
  m->set_phase(pb::RecoverOk::PHASE_PRE_ACCEPTED);
  m->set_payload(Commands());
  ExpectLines(envelope, level1, " ballot=8 deps=[0,0,7,0,2]",
              std::string(" phase=pre_accepted accepted_ballot=0 initial_deps=[0,0,0,0,0] "
                          "fast_quorum={0,1,2} intact=true payload=") +
                  kCommands);
  m->set_phase(pb::RecoverOk::PHASE_ACCEPTED);
  m->set_accepted_ballot(3);
  m->clear_payload();
  m->set_noop(true);
  ExpectLines(envelope, level1, " ballot=8 deps=[0,0,7,0,2]",
              " phase=accepted accepted_ballot=3 initial_deps=[0,0,0,0,0] fast_quorum={0,1,2} "
              "intact=true value=noop");
  m->set_phase(static_cast<pb::RecoverOk::Phase>(9));
  EXPECT_NE(TraceLine(9, true, MemberIndex{0}, MemberIndex{1}, envelope).find(" phase=unknown(9) "),
            std::string::npos);
}

TEST(TraceLineTest, Validate) {
  pb::Envelope envelope = Partition3();
  pb::Validate* m = envelope.mutable_validate();
  SetId(m, 0, 6);
  m->set_ballot(8);
  for (const uint64_t slot : {0, 0, 7, 0, 2}) m->add_initial_deps(slot);
  m->set_fast_quorum(0b10011);
  m->set_payload(Commands());
  ExpectLines(envelope, "event=send message=Validate from=0 to=1 instance=0.6 partition=3",
              " ballot=8 deps=[0,0,7,0,2]",
              std::string(" fast_quorum={0,1,4} payload=") + kCommands);
}

TEST(TraceLineTest, ValidateOk) {
  pb::Envelope envelope = Partition3();
  pb::ValidateOk* m = envelope.mutable_validate_ok();
  SetId(m, 0, 6);
  m->set_ballot(8);
  const std::string level1 = "event=send message=ValidateOk from=0 to=1 instance=0.6 partition=3";
  ExpectLines(envelope, level1, " ballot=8", " undecided=[] committed=[]");
  for (uint64_t slot = 1; slot <= 3; ++slot) {
    SetId(m->add_invalidators(), 2, slot);
    m->mutable_invalidators(static_cast<int>(slot) - 1)->set_committed(slot == 2);
  }
  ExpectLines(envelope, level1, " ballot=8", " undecided=[2.1,2.3] committed=[2.2]");
}

TEST(TraceLineTest, Waiting) {
  pb::Envelope envelope = Partition3();
  SetId(envelope.mutable_waiting(), 0, 6);
  envelope.mutable_waiting()->set_voters(0b01001);
  ExpectLines(envelope, "event=send message=Waiting from=0 to=1 instance=0.6 partition=3", "",
              " voters={0,3}");
}

TEST(TraceLineTest, Truncated) {
  pb::Envelope envelope = Partition3();
  for (const uint64_t slot : {4, 0, 7}) envelope.mutable_truncated()->add_everywhere(slot);
  ExpectLines(envelope, "event=send message=Truncated from=0 to=1 partition=3", "",
              " everywhere=[4,0,7]");
}

TEST(TraceLineTest, AnEnvelopeWithoutMessageHasALineToo) {
  ExpectLines(Partition3(), "event=send message=Unset from=0 to=1 partition=3", "", "");
}

TEST(TraceLineTest, EveryMessageHasANameAndACounter) {
  const google::protobuf::Descriptor* descriptor = pb::Envelope::descriptor();
  const google::protobuf::OneofDescriptor* messages = descriptor->FindOneofByName("message");
  std::set<std::string> names;
  for (int i = 0; i < messages->field_count(); ++i) {
    const int number = messages->field(i)->number();
    EXPECT_LT(static_cast<size_t>(number), kMessageCases);
    names.emplace(MessageName(static_cast<pb::Envelope::MessageCase>(number)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(messages->field_count()));
  EXPECT_EQ(names.count(""), 0u);
}

TEST(TraceTest, TheLevelSwitches) {
  Trace trace(MemberIndex{0});
  EXPECT_FALSE(trace.on());
  for (const uint32_t level : {1u, 2u, 9u, 0u}) {
    const uint32_t before = trace.level();
    EXPECT_EQ(trace.SetLevel(level).value(), before);
    EXPECT_EQ(trace.level(), level);
    EXPECT_EQ(trace.on(), level != 0);
  }
  const auto refused = trace.SetLevel(3);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(refused.status().message()),
            "there is no trace level 3: use 0 (off), 1 (a line per message), 2 (also ballots and "
            "deps) or 9 (everything)");
  EXPECT_EQ(trace.level(), 0u);
}

TEST(TraceTest, WritesLinesInBothDirections) {
  const LogCapture log(LogLevel::kError);  // Traces have their own level.
  Trace trace(MemberIndex{2});
  ASSERT_TRUE(trace.SetLevel(1).ok());
  trace.Sent(MemberIndex{4}, HeartbeatEnvelope(1));
  trace.Received(MemberIndex{3}, HeartbeatEnvelope(0));
  EXPECT_EQ(log.text(),
            "critical event=send message=Heartbeat from=2 to=4 partition=1\n"
            "critical event=recv message=Heartbeat from=3 to=2 partition=0\n");
}

}  // namespace
}  // namespace althing
