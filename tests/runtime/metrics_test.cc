#include "replica/runtime/metrics.h"

#include <gtest/gtest.h>

#include <string>

#include "nlohmann/json.hpp"

namespace althing {
namespace {

using Kind = Event::Kind;

Event Of(Kind kind, uint64_t value) { return {kind, InstanceId{}, value, ""}; }

// Every counter at a value of its own, so that no two can be mistaken.
void CountEverything(Metrics& metrics) {
  const PartitionId p0{0};
  const PartitionId p2{2};
  for (int i = 0; i < 3; ++i) metrics.OnSent(p0, pb::Envelope::kPreAccept);
  metrics.OnSent(p2, pb::Envelope::kCommit);
  for (int i = 0; i < 2; ++i) metrics.OnReceived(p0, pb::Envelope::kPreAcceptOk);
  metrics.OnReceived(p2, pb::Envelope::MESSAGE_NOT_SET);
  metrics.OnDropped(DropReason::kUnreachable, pb::Envelope::kCommit);
  metrics.OnDropped(DropReason::kDebugFault, pb::Envelope::kPreAccept);
  metrics.OnDropped(DropReason::kDebugFault, pb::Envelope::kPreAccept);
  metrics.OnEvent(p0, Of(Kind::kFastDecision, 9));
  metrics.OnEvent(p0, Of(Kind::kFastDecision, 9));
  metrics.OnEvent(p2, Of(Kind::kTwoFlushDecision, 9));
  metrics.OnEvent(p2, Of(Kind::kSlowDecision, 9));
  for (const uint64_t size : {1, 2, 5}) metrics.OnEvent(p0, Of(Kind::kBatch, size));
  for (int i = 0; i < 8; ++i) metrics.OnEvent(p0, Of(Kind::kProposedKeyBusy, 1));
  metrics.OnEvent(p0, Of(Kind::kUnseenDependency, 10));
  metrics.OnEvent(p0, Of(Kind::kGraphEdges, 11));
  for (int i = 0; i < 12; ++i) metrics.OnEvent(p0, Of(Kind::kExecutionCandidate, 1));
  metrics.OnEvent(p0, Of(Kind::kComponent, 1));
  metrics.OnEvent(p2, Of(Kind::kComponent, 3));
  metrics.OnEvent(p0, Of(Kind::kExecutedCommands, 20));
  metrics.OnEvent(p2, Of(Kind::kExecutedCommands, 1));
  metrics.OnEvent(p0, Of(Kind::kRepeatedRequests, 15));
  metrics.OnEvent(p0, Of(Kind::kSessionsOpened, 16));
  metrics.OnEvent(p2, Of(Kind::kSessionsOpened, 1));
  metrics.OnEvent(p0, Of(Kind::kSessionsClosed, 18));
  metrics.OnEvent(p0, Of(Kind::kSessionsExpired, 19));
  for (int i = 0; i < 25; ++i) metrics.OnEvent(p0, Of(Kind::kRecoveryStarted, 1));
  metrics.OnEvent(p2, Of(Kind::kRecoveryStarted, 1));
  for (int i = 0; i < 24; ++i) metrics.OnEvent(p0, Of(Kind::kRecoveryRetried, 1));
  for (int i = 0; i < 23; ++i) metrics.OnEvent(p0, Of(Kind::kRecoveryWaits, 1));
  for (int i = 0; i < 22; ++i) metrics.OnEvent(p0, Of(Kind::kRecoveredPayload, 1));
  for (int i = 0; i < 21; ++i) metrics.OnEvent(p0, Of(Kind::kRecoveredNoop, 1));
  metrics.OnEvent(p0, Of(Kind::kCollected, 26));
  metrics.OnEvent(p2, Of(Kind::kCollected, 1));
  metrics.OnEvent(p0, Of(Kind::kResent, 13));
  metrics.OnEvent(p0, Of(Kind::kRejected, 1));
  metrics.OnEvent(p0, Of(Kind::kDivergence, 0));
  metrics.OnTurn(6, 0);
  metrics.OnHandled(-1);
  metrics.OnHandled(1000);
  metrics.OnFrame(3, 700, 90);
  for (int i = 0; i < 4; ++i) metrics.OnAnswer(absl::OkStatus());
  metrics.OnAnswer(absl::UnavailableError(""));
  for (int i = 0; i < 14; ++i) metrics.OnExpired();
  for (int i = 0; i < 21; ++i) metrics.OnNoRoom();
  metrics.SetProposalsWaiting(p0, 99);
  metrics.SetProposalsWaiting(p0, 15);
  metrics.SetProposalsWaiting(PartitionId{1}, 1);
  metrics.SetHeld(p0, {99, 98});
  metrics.SetHeld(p0, {28, 29});
  metrics.SetHeld(p2, {1, 2});
  metrics.SetOutchannelBytes(ReplicaId{40}, 99);
  metrics.SetOutchannelBytes(ReplicaId{40}, 0);
  metrics.SetOutchannelBytes(ReplicaId{7}, 17);
  metrics.SetPeer(ReplicaId{7}, true, 2, 350'000);
  metrics.SetSizes({.resident_bytes = 18,
                    .data_bytes = 19,
                    .log_records = 20,
                    .log_kept = 22,
                    .log_bytes = 23,
                    .free_bytes = 21});
  metrics.OnCheckpoint(99, 98);
  metrics.OnCheckpoint(24, 25);
  metrics.SetCheckpointAge(26);
}

constexpr char kDump[] = R"({
  "Arguments": {
    "thrifty": true,
    "partitions": 3
  },
  "N": 5,
  "Sends": 4,
  "Receives": 3,
  "MessageSends": {
    "PreAccept": 3,
    "PreAcceptOk": 0,
    "Accept": 0,
    "AcceptOk": 0,
    "Commit": 1,
    "Nack": 0,
    "Heartbeat": 0,
    "HeartbeatEcho": 0,
    "Probe": 0,
    "ProbeReply": 0,
    "Fetch": 0,
    "Payload": 0,
    "Recover": 0,
    "RecoverOk": 0,
    "Validate": 0,
    "ValidateOk": 0,
    "Waiting": 0,
    "Truncated": 0
  },
  "MessageReceives": {
    "Unset": 1,
    "PreAccept": 0,
    "PreAcceptOk": 2,
    "Accept": 0,
    "AcceptOk": 0,
    "Commit": 0,
    "Nack": 0,
    "Heartbeat": 0,
    "HeartbeatEcho": 0,
    "Probe": 0,
    "ProbeReply": 0,
    "Fetch": 0,
    "Payload": 0,
    "Recover": 0,
    "RecoverOk": 0,
    "Validate": 0,
    "ValidateOk": 0,
    "Waiting": 0,
    "Truncated": 0
  },
  "Slows": 1,
  "Fasts": 3,
  "TwoFlushFasts": 1,
  "Aggregated": 7,
  "GraphEdges": 11,
  "ExecCands": 12,
  "Blips": 10,
  "KeyBusy": 8,
  "ExecutedInstances": 4,
  "ExecutedCommands": 21,
  "RepeatedRequests": 15,
  "SessionsOpened": 17,
  "SessionsClosed": 18,
  "SessionsExpired": 19,
  "RecoveriesStarted": 26,
  "RecoveriesRetried": 24,
  "RecoveriesWaiting": 23,
  "RecoveredPayloads": 22,
  "RecoveredNoops": 21,
  "Collected": 27,
  "Resent": 13,
  "Rejected": 1,
  "Divergences": 1,
  "Expired": 14,
  "NoRoom": 21,
  "Answers": {
    "OK": 4,
    "UNAVAILABLE": 1
  },
  "Dropped": {
    "Unreachable": {
      "Commit": 1
    },
    "OutchannelFull": {},
    "ChannelFull": {},
    "DebugFault": {
      "PreAccept": 2
    }
  },
  "ProposalsWaiting": 16,
  "InstancesHeld": 29,
  "KeysIndexed": 31,
  "OutchannelBytes": {
    "7": 17,
    "40": 0
  },
  "Peers": {
    "7": {
      "RoundTripNs": 350000,
      "Suspected": 1,
      "Suspicions": 2
    }
  },
  "ResidentBytes": 18,
  "DataBytes": 19,
  "LogRecords": 20,
  "LogKept": 22,
  "LogBytes": 23,
  "Checkpoints": 2,
  "CheckpointBytes": 24,
  "CheckpointNs": 25,
  "CheckpointAgeNs": 26,
  "FreeBytes": 21,
  "BatchSizes": {
    "Count": 3,
    "Sum": 8,
    "Max": 5,
    "Buckets": {
      "1": 1,
      "2": 1,
      "8": 1
    }
  },
  "ComponentSizes": {
    "Count": 2,
    "Sum": 4,
    "Max": 3,
    "Buckets": {
      "1": 1,
      "4": 1
    }
  },
  "TurnMessages": {
    "Count": 1,
    "Sum": 6,
    "Max": 6,
    "Buckets": {
      "8": 1
    }
  },
  "TurnWaiting": {
    "Count": 1,
    "Sum": 0,
    "Max": 0,
    "Buckets": {
      "0": 1
    }
  },
  "QueueDelayNs": {
    "Count": 2,
    "Sum": 1000,
    "Max": 1000,
    "Buckets": {
      "0": 1,
      "1024": 1
    }
  },
  "OutchannelDelayNs": {
    "Count": 1,
    "Sum": 90,
    "Max": 90,
    "Buckets": {
      "128": 1
    }
  },
  "FrameMessages": {
    "Count": 1,
    "Sum": 3,
    "Max": 3,
    "Buckets": {
      "4": 1
    }
  },
  "FrameBytes": {
    "Count": 1,
    "Sum": 700,
    "Max": 700,
    "Buckets": {
      "1024": 1
    }
  },
  "Partitions": {
    "0": {
      "MessageSends": {
        "PreAccept": 3
      },
      "MessageReceives": {
        "PreAcceptOk": 2
      },
      "Slows": 0,
      "Fasts": 2,
      "TwoFlushFasts": 0,
      "ExecutedCommands": 20,
      "ProposalsWaiting": 15,
      "InstancesHeld": 28
    },
    "1": {
      "MessageSends": {},
      "MessageReceives": {},
      "Slows": 0,
      "Fasts": 0,
      "TwoFlushFasts": 0,
      "ExecutedCommands": 0,
      "ProposalsWaiting": 1,
      "InstancesHeld": 0
    },
    "2": {
      "MessageSends": {
        "Commit": 1
      },
      "MessageReceives": {
        "Unset": 1
      },
      "Slows": 1,
      "Fasts": 1,
      "TwoFlushFasts": 1,
      "ExecutedCommands": 1,
      "ProposalsWaiting": 0,
      "InstancesHeld": 1
    }
  }
})";

TEST(MetricsTest, DumpsEveryFieldWithWhatWasCounted) {
  Metrics metrics(5, 3, R"({"thrifty": true, "partitions": 3})");
  CountEverything(metrics);
  EXPECT_EQ(metrics.ToJson(), kDump);
}

TEST(MetricsTest, NumbersAreNumbersToTheirFullSize) {
  Metrics metrics(1, 1, "{}");
  metrics.OnEvent(PartitionId{0}, Of(Kind::kGraphEdges, 9'007'199'254'740'993));
  const auto dump = nlohmann::json::parse(metrics.ToJson());
  EXPECT_EQ(dump["GraphEdges"].get<uint64_t>(), 9'007'199'254'740'993u);
  EXPECT_EQ(dump["Partitions"], nlohmann::json::object());
}

TEST(MetricsTest, SaysHowManyDecisionsWereFastAndHowMuchWasExecuted) {
  Metrics metrics(5, 3, "{}");
  EXPECT_EQ(metrics.decisions().all, 0u);
  EXPECT_EQ(metrics.executed_commands(), 0u);
  CountEverything(metrics);
  EXPECT_EQ(metrics.decisions().fast, 3u);
  EXPECT_EQ(metrics.decisions().all, 4u);
  EXPECT_EQ(metrics.executed_commands(), 21u);
}

}  // namespace
}  // namespace althing
