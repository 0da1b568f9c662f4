// A coordinator stops at every single point of its work: after each message that anyone handles and
// after each flush, on each way to a decision, with a conflicting command beside it and without. So
// does, at every point of its own, whoever takes over. Those who live decide and execute the same,
// and clients who ask again elsewhere get one answer for one effect.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

constexpr int kIdleTicksMax = 4000;
// Long enough for the others to recover what is left.
constexpr int kCutOffTicks = 120;

struct Scenario {
  const char* name;
  int n;
  bool thrifty;
  bool flush_first;  // Flushes come before messages, else behind them.
  int late;   // The member who is slow: what goes to it and comes from it waits for all else.
  int rival;  // Who proposes on the same key at the same time; -1: nobody.
  Event::Kind path;  // How the coordinator decides if nothing happens to it.
};

// What befalls the story: when the coordinator stops, and when the one who recovers does.
struct Fate {
  std::optional<uint64_t> coordinator_at = std::nullopt;
  bool words_lost = false;  // What it has said and nobody has handled is lost, else it arrives.
  bool cut_off = false;     // It does not stop, but nobody hears it before the recoverer's fate.
  std::optional<uint64_t> recoverer_at =
      std::nullopt;  // Counted from the beginning of its recovery.
};

// Member 0 coordinates "a"; the rival, if any, "b". Both are appended to one key.
class Story {
 public:
  Story(const Scenario& scenario, const Fate& fate)
      : scenario_(scenario),
        fate_(fate),
        cluster_({.n = scenario.n, .thrifty = scenario.thrifty, .flush_at_once = false}),
        flushed_(static_cast<size_t>(scenario.n)) {}

  void Run() {
    for (Call& call : calls_) Open(call);
    events_ = 0;
    Ask(calls_[0], 0);
    if (scenario_.rival >= 0) Ask(calls_[1], scenario_.rival);
    begun_ = true;
    RunUntil([this] { return Answered() && Alike() && (!held_ || held_ticks_ > kCutOffTicks); });
    events_of_calls_ = events_;
    if (held_) Release();
    RunUntil([this] { return Answered() && Alike(); });
    // What nobody waits for comes to an end as well.
    for (int i = 0; i < scenario_.n; ++i) {
      if (cluster_.alive(i)) reads_.emplace_back(cluster_.Propose(i, pb::OPERATION_GET, "k"), i);
    }
    RunUntil([this] { return Answered() && ReadsAnswered() && Alike(); });
  }

  void Check() const {
    ASSERT_TRUE(Answered()) << "a call was never answered";
    ASSERT_TRUE(ReadsAnswered()) << "a read was never answered";
    ASSERT_TRUE(Alike()) << "those who live have not executed the same";
    ASSERT_TRUE(cluster_.CheckInvariants().ok()) << cluster_.CheckInvariants();
    for (const Call& call : calls_) {
      std::set<uint64_t> versions;
      for (const auto& [proposal, at] : call.proposals) {
        ASSERT_LE(cluster_.replies(proposal).size(), 1u) << "answered twice";
        for (const Reply& reply : cluster_.replies(proposal)) {
          ASSERT_TRUE(reply.status.ok()) << reply.status;
          versions.insert(reply.result.results(0).version());
        }
      }
      ASSERT_LE(versions.size(), 1u) << "one call, two effects";
    }
    for (const auto& [read, at] : reads_) {
      if (cluster_.replies(read).empty()) continue;  // It stopped before.
      const std::string value = cluster_.replies(read)[0].result.results(0).value();
      const bool rival = scenario_.rival >= 0;
      ASSERT_TRUE(rival ? value == "ab" || value == "ba" : value == "a") << value;
    }
    CheckOutcomes();
  }

  bool recoverer_stopped() const { return recoverer_stopped_; }
  bool coordinator_stopped() const { return coordinator_stopped_; }
  uint64_t events() const { return events_of_calls_; }
  uint64_t Count(Event::Kind kind) const {
    uint64_t count = 0;
    for (int i = 0; i < scenario_.n; ++i) count += cluster_.Count(i, kind);
    return count;
  }

 private:
  struct Call {
    std::string value;
    pb::Request request;
    std::vector<std::pair<RequestId, int>> proposals;  // And where.
  };

  void Open(Call& call) {
    pb::Request open;
    open.mutable_open();
    const RequestId id = cluster_.Submit(0, PartitionId{0}, open);
    RunUntil([&] { return !cluster_.replies(id).empty() && cluster_.waiting().empty(); });
    *call.request.mutable_session() = cluster_.replies(id).at(0).result.session();
    call.request.set_number(1);
    *call.request.add_commands() = MakeCommand(pb::OPERATION_APPEND, "k", call.value);
  }
  void Ask(Call& call, int at) {
    call.proposals.emplace_back(cluster_.Submit(at, PartitionId{0}, call.request), at);
  }
  // Clients of a member that stopped ask another one.
  void AskElsewhere() {
    for (Call& call : calls_) {
      if (call.proposals.empty() || cluster_.alive(call.proposals.back().second)) continue;
      Ask(call, FirstAlive());
    }
  }

  template <typename Done>
  void RunUntil(Done done) {
    for (int idle = 0; idle < kIdleTicksMax;) {
      Strike();
      if (done()) return;
      if (Happen()) {
        ++events_;
        if (begun_ && !recovering_) NoteRecoverer();
      } else {
        cluster_.Advance(1);
        held_ticks_ += held_;
        if (begun_ && !recovering_) NoteRecoverer();
        ++idle;
      }
    }
  }

  // One message is handled or one member's records become durable; false if there is neither.
  bool Happen() {
    return (scenario_.flush_first && FlushOne()) || DeliverFirst(/*late=*/false) || FlushOne() ||
           DeliverFirst(/*late=*/true);
  }
  bool DeliverFirst(bool late) {
    const auto passes = [&](const Message& m) {
      const bool held = held_ && (m.from.value == 0 || m.to.value == 0);
      const bool is_late = m.from.value == scenario_.late || m.to.value == scenario_.late;
      return !held && (late || !is_late);
    };
    if (std::ranges::none_of(cluster_.waiting(), passes)) return false;
    cluster_.DeliverOne(passes);
    return true;
  }
  bool FlushOne() {
    for (int i = 0; i < scenario_.n; ++i) {
      size_t& flushed = flushed_[static_cast<size_t>(i)];
      if (!cluster_.alive(i) || flushed == cluster_.records(i).size()) continue;
      flushed = cluster_.records(i).size();
      cluster_.Flush(i);
      return true;
    }
    return false;
  }

  void NoteRecoverer() {
    for (int i = 0; i < scenario_.n; ++i) {
      if (cluster_.alive(i) && cluster_.Count(i, Event::Kind::kRecoveryStarted) > 0) {
        recovering_ = {i, events_};
        return;
      }
    }
  }
  void Strike() {
    if (!begun_) return;
    if (fate_.coordinator_at == events_ && !coordinator_stopped_) {
      coordinator_stopped_ = true;
      if (fate_.cut_off) {
        held_ = true;
        for (int i = 1; i < scenario_.n; ++i) Connect(i, false);
      } else {
        Crash(0);
        AskElsewhere();
      }
    }
    // The end, when all read, is no part of it.
    if (recovering_ && fate_.recoverer_at && !recoverer_stopped_ && reads_.empty() &&
        events_ == recovering_->second + *fate_.recoverer_at &&
        cluster_.alive(recovering_->first)) {
      recoverer_stopped_ = true;
      Crash(recovering_->first);
      AskElsewhere();
      if (held_) Release();
    }
  }
  void Crash(int i) {
    cluster_.Crash(i);
    if (fate_.words_lost) cluster_.Drop(From(i));
  }
  void Connect(int i, bool up) {
    if (!cluster_.alive(i)) return;
    cluster_.SetReachable(i, 0, up);
    cluster_.SetReachable(0, i, up);
  }
  void Release() {
    held_ = false;
    if (fate_.words_lost) {
      cluster_.Drop(From(0));
      cluster_.Drop(To(0));
    }
    for (int i = 1; i < scenario_.n; ++i) Connect(i, true);
  }

  int FirstAlive() const {
    for (int i = 0; i < scenario_.n; ++i) {
      if (cluster_.alive(i) && !(held_ && i == 0)) return i;
    }
    return -1;
  }
  bool Answered() const {
    for (const Call& call : calls_) {
      if (call.proposals.empty()) continue;
      const auto& [proposal, at] = call.proposals.back();
      // One that is cut off cannot answer yet.
      if (cluster_.replies(proposal).empty() && !(held_ && at == 0)) return false;
    }
    return true;
  }
  bool ReadsAnswered() const {
    return std::ranges::all_of(reads_, [this](const auto& read) {
      return !cluster_.replies(read.first).empty() || !cluster_.alive(read.second);
    });
  }
  bool Alike() const {
    std::set<std::pair<uint64_t, uint64_t>> executed;
    for (int i = 0; i < scenario_.n; ++i) {
      if (!cluster_.alive(i) || (held_ && i == 0)) continue;
      executed.emplace(cluster_.Sum(i, Event::Kind::kExecutedCommands),
                       cluster_.Sum(i, Event::Kind::kComponent));
    }
    return executed.size() == 1;
  }
  void CheckOutcomes() const {
    std::map<InstanceId, std::string> outcomes;
    for (int i = 0; i < scenario_.n; ++i) {
      for (const pb::Record& record : cluster_.records(i)) {
        if (!record.has_committed()) continue;
        pb::CommittedRecord outcome = record.committed();
        outcome.clear_payload();  // Left out where an earlier record has it.
        const auto [it, first] =
            outcomes.emplace(FromProto(outcome.id()), outcome.ShortDebugString());
        ASSERT_EQ(it->second, outcome.ShortDebugString());
      }
    }
  }

  const Scenario scenario_;
  const Fate fate_;
  Cluster cluster_;
  std::vector<size_t> flushed_;
  Call calls_[2] = {{.value = "a", .request = {}, .proposals = {}},
                    {.value = "b", .request = {}, .proposals = {}}};
  std::vector<std::pair<RequestId, int>> reads_;  // And where.
  bool begun_ = false, held_ = false;
  bool coordinator_stopped_ = false, recoverer_stopped_ = false;
  std::optional<std::pair<int, uint64_t>> recovering_;  // Who began first, and when.
  int held_ticks_ = 0;
  uint64_t events_ = 0, events_of_calls_ = 0;
};

constexpr auto kFast = Event::Kind::kFastDecision;
constexpr auto kTwoFlush = Event::Kind::kTwoFlushDecision;
constexpr auto kSlow = Event::Kind::kSlowDecision;
constexpr Scenario kScenarios[] = {
    {"three_fast", 3, true, false, -1, -1, kFast},
    {"three_fast_flush_first", 3, true, true, -1, -1, kFast},
    {"three_two_flush", 3, false, false, 1, -1, kTwoFlush},
    {"three_two_flush_rival", 3, false, false, 1, 2, kSlow},
    {"three_slow", 3, true, false, -1, 1, kSlow},
    {"three_slow_flush_first", 3, false, true, -1, 2, kSlow},
    {"five_fast", 5, true, false, -1, -1, kFast},
    {"five_fast_flush_first", 5, false, true, -1, -1, kFast},
    {"five_two_flush", 5, false, false, 1, -1, kTwoFlush},
    {"five_two_flush_rival", 5, false, true, 1, 4, kSlow},
    {"five_slow", 5, true, false, -1, 1, kSlow},
    {"five_slow_distant_rival", 5, true, false, -1, 3, kSlow},
    {"five_slow_flush_first", 5, true, true, -1, 4, kSlow},
};

std::vector<Scenario> OfFive() {
  std::vector<Scenario> scenarios;
  std::copy_if(std::begin(kScenarios), std::end(kScenarios), std::back_inserter(scenarios),
               [](const Scenario& scenario) { return scenario.n == 5; });
  return scenarios;
}

class CrashPointsTest : public testing::TestWithParam<Scenario> {
 protected:
  // Whether its second fate befell it.
  bool Play(const Fate& fate) {
    SCOPED_TRACE(absl::StrCat("coordinator ", fate.cut_off ? "cut off" : "stops", " after ",
                              fate.coordinator_at.value_or(0), " events, recoverer after ",
                              fate.recoverer_at ? absl::StrCat(*fate.recoverer_at) : "none",
                              fate.words_lost ? ", their words are lost" : ""));
    Story story(GetParam(), fate);
    story.Run();
    story.Check();
    ++stories_;
    payloads_ += story.Count(Event::Kind::kRecoveredPayload) > 0;
    noops_ += story.Count(Event::Kind::kRecoveredNoop) > 0;
    return story.recoverer_stopped();
  }
  // Each point of the coordinator's with each of the recoverer's.
  void PlayBoth(uint64_t length, bool cut_off) {
    for (const bool lost : {false, true}) {
      for (uint64_t at = 0; at <= length && !HasFatalFailure(); ++at) {
        for (uint64_t then = 0; !HasFatalFailure(); ++then) {
          const Fate fate{
              .coordinator_at = at, .words_lost = lost, .cut_off = cut_off, .recoverer_at = then};
          if (!Play(fate)) break;
        }
      }
    }
  }
  // How many events there are if nothing befalls it.
  uint64_t Length() {
    Story story(GetParam(), {});
    story.Run();
    story.Check();
    EXPECT_GT(story.Count(GetParam().path), 0u) << "not the way it is meant to go";
    return story.events();
  }
  void Report(const char* what) const {
    std::cout << GetParam().name << ", " << what << ": " << stories_ << " stories, in " << payloads_
              << " the payload was recovered, in " << noops_ << " a noop\n";
  }

  uint64_t stories_ = 0, payloads_ = 0, noops_ = 0;
};

TEST_P(CrashPointsTest, TheCoordinatorStopsAtEachPoint) {
  const uint64_t length = Length();
  for (const bool lost : {false, true}) {
    for (uint64_t at = 0; at <= length && !HasFatalFailure(); ++at) {
      Play({.coordinator_at = at, .words_lost = lost});
    }
  }
  EXPECT_GT(payloads_, 0u);
  Report("coordinator");
}

// Of members who survive two that stop.
class RecovererCrashPointsTest : public CrashPointsTest {};

TEST_P(RecovererCrashPointsTest, TheRecovererStopsAtEachPointToo) {
  const uint64_t length = Length();
  PlayBoth(length, /*cut_off=*/false);
  EXPECT_GT(payloads_, 0u);
  Report("coordinator and recoverer");
}

// The coordinator is cut off and comes back: what it said meanwhile arrives then.
TEST_P(CrashPointsTest, TheRecovererStopsAtEachPointAndTheCoordinatorComesBack) {
  const uint64_t length = Length();
  PlayBoth(length, /*cut_off=*/true);
  EXPECT_GT(payloads_ + noops_, 0u);
  Report("coordinator cut off, recoverer");
}

INSTANTIATE_TEST_SUITE_P(Sim, CrashPointsTest, testing::ValuesIn(kScenarios),
                         [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(Sim, RecovererCrashPointsTest, testing::ValuesIn(OfFive()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace althing::sim
