#include "replica/runtime/trace_ring.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/fakes.h"

namespace althing {
namespace {

using pb::TraceEvent;

InstanceId At(uint8_t coordinator, Slot slot) { return {slot, MemberIndex{coordinator}}; }

std::string Found(const TraceRing& ring, uint32_t partition, InstanceId id) {
  pb::TraceEventsReply reply;
  ring.Find(PartitionId{partition}, id, reply);
  std::string text = absl::StrCat(reply.remembered(), " since ", reply.oldest_ns());
  for (const TraceEvent& event : reply.events()) {
    absl::StrAppend(&text, "\n", event.ShortDebugString());
  }
  return text;
}

TEST(TraceRingTest, FindsTheEventsOfOneInstanceInTheirOrder) {
  TraceRing ring;
  EXPECT_EQ(Found(ring, 0, At(0, 1)), "0 since 0");
  ring.Add({.kind = TraceEvent::KIND_PROPOSED, .id = At(0, 1), .time_ns = 5, .number = 3});
  ring.Add({.kind = TraceEvent::KIND_PROPOSED, .partition = {1}, .id = At(0, 1), .time_ns = 6});
  ring.Add({.kind = TraceEvent::KIND_PROPOSED, .id = At(1, 1), .time_ns = 7});
  ring.Add({.kind = TraceEvent::KIND_ANSWERED,
            .id = At(0, 1),
            .time_ns = 8,
            .number = 3,
            .arrival_ns = 1,
            .handled_ns = 2});
  EXPECT_EQ(Found(ring, 0, At(0, 1)),
            "4 since 5\nkind: KIND_PROPOSED time_ns: 5 count: 3\n"
            "kind: KIND_ANSWERED time_ns: 8 count: 3 arrival_ns: 1 handled_ns: 2");
  EXPECT_EQ(Found(ring, 1, At(0, 1)), "4 since 5\nkind: KIND_PROPOSED time_ns: 6");
}

TEST(TraceRingTest, ARecordIsDurableWhenItsPartitionsPositionHasComeAsFar) {
  TraceRing ring;
  const auto append = [&ring](uint32_t partition, Slot slot, uint64_t position) {
    ring.Add({.kind = TraceEvent::KIND_APPENDED,
              .partition = {partition},
              .id = At(0, slot),
              .time_ns = 1,
              .type = "Accepted",
              .number = position});
  };
  const auto durable = [&ring](uint32_t partition, uint64_t position, int64_t time_ns) {
    ring.Add({.kind = TraceEvent::KIND_DURABLE,
              .partition = {partition},
              .time_ns = time_ns,
              .number = position});
  };
  append(0, 1, 4);
  append(0, 2, 5);
  append(1, 1, 1);
  durable(0, 3, 10);
  durable(0, 4, 11);
  durable(0, 5, 12);
  const std::string appended = "\nkind: KIND_APPENDED time_ns: 1 type: \"Accepted\"";
  EXPECT_EQ(Found(ring, 0, At(0, 1)),
            "6 since 1" + appended + "\nkind: KIND_DURABLE time_ns: 11 type: \"Accepted\"");
  EXPECT_EQ(Found(ring, 0, At(0, 2)),
            "6 since 1" + appended + "\nkind: KIND_DURABLE time_ns: 12 type: \"Accepted\"");
  EXPECT_EQ(Found(ring, 1, At(0, 1)), "6 since 1" + appended);
}

TEST(TraceRingTest, AMessageIsAnEventOfEachInstanceThatItNames) {
  TraceRing ring;
  pb::Envelope probe_reply;
  probe_reply.set_partition(3);
  const auto name = [](pb::InstanceId* id, uint32_t coordinator, uint64_t slot) {
    id->set_coordinator(coordinator);
    id->set_slot(slot);
  };
  name(probe_reply.mutable_probe_reply()->add_in_progress(), 1, 7);
  name(probe_reply.mutable_probe_reply()->add_not_mine(), 1, 8);
  name(probe_reply.mutable_probe_reply()->add_not_mine(), 257, 7);  // No member.
  const TraceRing::Event sent = {
      .kind = TraceEvent::KIND_SENT, .time_ns = 5, .peer = MemberIndex{2}};
  ring.AddMessage(sent, probe_reply);
  ring.AddMessage(sent, testing::CommitEnvelope(3));
  ring.AddMessage(sent, testing::HeartbeatEnvelope(3));
  ring.AddMessage(sent, pb::Envelope());
  EXPECT_EQ(Found(ring, 3, At(1, 7)),
            "3 since 5\nkind: KIND_SENT time_ns: 5 peer: 2 type: \"ProbeReply\"");
  EXPECT_EQ(Found(ring, 3, At(1, 8)),
            "3 since 5\nkind: KIND_SENT time_ns: 5 peer: 2 type: \"ProbeReply\"");
  EXPECT_EQ(Found(ring, 3, At(0, 1)),
            "3 since 5\nkind: KIND_SENT time_ns: 5 peer: 2 type: \"Commit\"");
}

TEST(TraceRingTest, TheOldestAreForgotten) {
  TraceRing ring;
  for (size_t i = 0; i < TraceRing::kEventsMax + 2; ++i) {
    ring.Add(
        {.kind = TraceEvent::KIND_COMMITTED, .id = At(0, i), .time_ns = static_cast<int64_t>(i)});
  }
  const std::string all = absl::StrCat(TraceRing::kEventsMax, " since 2");
  EXPECT_EQ(Found(ring, 0, At(0, 1)), all);
  EXPECT_EQ(Found(ring, 0, At(0, 2)), all + "\nkind: KIND_COMMITTED time_ns: 2");
  EXPECT_EQ(Found(ring, 0, At(0, TraceRing::kEventsMax + 1)),
            absl::StrCat(all, "\nkind: KIND_COMMITTED time_ns: ", TraceRing::kEventsMax + 1));
}

}  // namespace
}  // namespace althing
