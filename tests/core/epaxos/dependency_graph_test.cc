#include "replica/core/epaxos/dependency_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "replica/core/random.h"
#include "tests/core/ids.h"

namespace althing {
namespace {

using testing::ElementsAre;

constexpr uint64_t kNoLimit = UINT64_MAX;

// Committed instances and their direct dependencies; slots count from 1.
using Story = std::vector<std::pair<InstanceId, std::vector<InstanceId>>>;

// A space of five members, its graph, and what ran.
class Fixture {
 public:
  Fixture() = default;
  // All of the story, on one key, committed in its order.
  explicit Fixture(const Story& story) {
    for (const auto& [id, deps] : story) Know(id, {{KeyHash{1}, true}});
    for (const auto& [id, deps] : story) Commit(id, deps);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  void Know(InstanceId id, std::vector<KeyAccess> keys) {
    Instance& instance = space_.GetOrCreate(id);
    auto payload = std::make_shared<Payload>();
    payload->keys = std::move(keys);
    payload->commands = commands_;
    instance.payload = std::move(payload);
    instance.phase = Phase::kPreAccepted;
    instance.value = Value::kPayload;
    index_.Add(id, instance.payload->keys);
    space_.Advance(id.coordinator);
    graph_.OnPayloadKnown(id);
  }
  void Commit(InstanceId id, const std::vector<InstanceId>& deps, Value value = Value::kPayload) {
    Deps vector;
    for (const InstanceId dep : deps) vector.Raise(dep.coordinator, dep.slot);
    CommitVector(id, vector, value);
  }
  void CommitVector(InstanceId id, const Deps& deps, Value value = Value::kPayload) {
    Instance& instance = space_.GetOrCreate(id);
    instance.phase = Phase::kCommitted;
    instance.value = value;
    instance.deps = deps;
    space_.Advance(id.coordinator);
    graph_.OnCommitted(id);
  }
  // Runs until nothing is left; returns components as "0.1,4.1".
  std::vector<std::string> Run(uint64_t budget = kNoLimit) {
    DependencyGraph::Stats stats;
    std::vector<InstanceId> ran;
    while (!graph_.Run(
        budget, [&](InstanceId id, Instance&) { ran.push_back(id); }, stats)) {
      ++slices_;
    }
    candidates_ += stats.candidates;
    std::vector<std::string> components;
    size_t next = 0;
    for (const uint64_t size : stats.component_sizes) {
      std::string text;
      for (uint64_t i = 0; i < size; ++i) {
        absl::StrAppend(&text, i == 0 ? "" : ",", ToString(ran.at(next++)));
      }
      components.push_back(std::move(text));
    }
    EXPECT_EQ(next, ran.size());
    return components;
  }
  // As Run, in the smallest slices, behind each of which what was executed is freed.
  std::vector<InstanceId> RunAndFree() {
    DependencyGraph::Stats stats;
    std::vector<InstanceId> ran;
    for (bool done = false; !done;) {
      done = graph_.Run(
          1, [&](InstanceId id, Instance&) { ran.push_back(id); }, stats);
      for (uint8_t r = 0; r < 5; ++r) {
        const MemberIndex m{r};
        while (space_.freed(m) < space_.column(m).executed) space_.FreeNext(m);
      }
    }
    return ran;
  }
  std::vector<Slot> Executed() const {
    std::vector<Slot> executed;
    for (uint8_t r = 0; r < 5; ++r) executed.push_back(space_.column(MemberIndex{r}).executed);
    return executed;
  }
  void set_commands(uint32_t commands) { commands_ = commands; }  // Of each later payload.
  int slices() const { return slices_; }
  uint64_t candidates() const { return candidates_; }

 private:
  InstanceSpace space_;
  ConflictIndex index_;
  DependencyGraph graph_{space_, index_};
  uint32_t commands_ = 1;
  int slices_ = 0;
  uint64_t candidates_ = 0;
};

TEST(DependencyGraphTest, RunsTwoCyclesOfTwoInTheirOrder) {
  Fixture f(Story{{At(0, 1), {At(4, 1)}},
                  {At(0, 2), {At(0, 1), At(4, 2)}},
                  {At(4, 1), {At(0, 1)}},
                  {At(4, 2), {At(0, 2), At(4, 1)}}});
  EXPECT_THAT(f.Run(), ElementsAre("0.1,4.1", "0.2,4.2"));
  EXPECT_THAT(f.Executed(), ElementsAre(2, 0, 0, 0, 2));
}

TEST(DependencyGraphTest, RunsACycleOfThreeInIdOrderBeforeWhatDependsOnIt) {
  Fixture f(Story{{At(0, 1), {At(2, 1)}},
                  {At(1, 1), {At(0, 1)}},
                  {At(2, 1), {At(1, 1)}},
                  {At(3, 1), {At(0, 1)}}});
  EXPECT_THAT(f.Run(), ElementsAre("0.1,1.1,2.1", "3.1"));
  EXPECT_THAT(f.Executed(), ElementsAre(1, 1, 1, 1, 0));
}

TEST(DependencyGraphTest, RunsAChainOverThreeCoordinatorsWithoutCycles) {
  Fixture f(Story{{At(0, 1), {At(1, 1)}},
                  {At(1, 1), {}},
                  {At(1, 2), {At(0, 1), At(1, 1)}},
                  {At(2, 1), {}},
                  {At(1, 3), {At(1, 2), At(2, 1)}},
                  {At(2, 2), {At(0, 1), At(1, 3), At(2, 1)}}});
  // 0.1 is the first root and pulls 1.1 in front of it; 1.2 and 2.1 are independent.
  EXPECT_THAT(f.Run(), ElementsAre("1.1", "0.1", "1.2", "2.1", "1.3", "2.2"));
  EXPECT_THAT(f.Executed(), ElementsAre(1, 3, 2, 0, 0));
}

TEST(DependencyGraphTest, BreaksTiesByIdWhateverTheOrderOfCommits) {
  for (const bool reversed : {false, true}) {
    Story story = {{At(1, 1), {At(3, 1)}}, {At(3, 1), {At(1, 1)}}};
    if (reversed) std::reverse(story.begin(), story.end());
    EXPECT_THAT(Fixture(story).Run(), ElementsAre("1.1,3.1"));
  }
}

TEST(DependencyGraphTest, WaitsForAnUncommittedDependencyAndGoesOnWhenItCommits) {
  Fixture f;
  f.Know(At(0, 1), {{KeyHash{1}, true}});
  f.Know(At(1, 1), {{KeyHash{1}, true}});
  f.Commit(At(1, 1), {At(0, 1)});
  EXPECT_THAT(f.Run(), ElementsAre());
  f.Commit(At(0, 1), {});
  EXPECT_THAT(f.Run(), ElementsAre("0.1", "1.1"));
}

TEST(DependencyGraphTest, DoesNotWaitForWhatDoesNotConflict) {
  Fixture f;
  f.Know(At(0, 1), {{KeyHash{2}, true}});
  f.Know(At(0, 2), {{KeyHash{1}, false}});
  f.Know(At(1, 1), {{KeyHash{1}, false}});
  f.Commit(At(1, 1), {At(0, 2)});
  EXPECT_THAT(f.Run(), ElementsAre("1.1"));
}

TEST(DependencyGraphTest, NeverSkipsASlotWhosePayloadIsUnknown) {
  Fixture f;
  f.Know(At(0, 3), {{KeyHash{1}, true}});
  f.Commit(At(0, 3), {});
  f.Know(At(1, 1), {{KeyHash{1}, true}});
  f.Commit(At(1, 1), {At(0, 3)});
  EXPECT_THAT(f.Run(), ElementsAre("0.3"));
  f.Know(At(0, 1), {{KeyHash{2}, true}});  // Does not conflict: knowing it is enough.
  EXPECT_THAT(f.Run(), ElementsAre());
  f.Know(At(0, 2), {{KeyHash{1}, true}});  // Conflicts: it must commit.
  EXPECT_THAT(f.Run(), ElementsAre());
  f.Commit(At(0, 2), {});
  EXPECT_THAT(f.Run(), ElementsAre("0.2", "1.1"));
}

TEST(DependencyGraphTest, ANoopIsNoEdgeAndHasNone) {
  Fixture f;
  f.Know(At(0, 1), {{KeyHash{1}, true}});
  f.Know(At(1, 1), {{KeyHash{1}, true}});
  f.Know(At(2, 1), {{KeyHash{1}, true}});
  f.Commit(At(0, 1), {At(2, 1)}, Value::kNoop);
  f.Commit(At(1, 1), {At(0, 1)});
  EXPECT_THAT(f.Run(), ElementsAre("0.1", "1.1"));
  f.Commit(At(3, 1), {}, Value::kNoop);  // One whose payload nobody ever knew.
  EXPECT_THAT(f.Run(), ElementsAre("3.1"));
}

TEST(DependencyGraphTest, WhatIsFreedBetweenTwoSlicesWasExecuted) {
  // 2.1 comes to 0.1 by way of 1.1, and by itself once that is freed; those two are roots as well.
  Fixture f(Story{{At(2, 1), {At(0, 1), At(1, 1)}}, {At(1, 1), {At(0, 1)}}, {At(0, 1), {}}});
  EXPECT_THAT(f.RunAndFree(), ElementsAre(At(0, 1), At(1, 1), At(2, 1)));
  // What was found to be blocked is looked at again when its obstacle is long gone.
  f.Know(At(0, 2), {{KeyHash{1}, true}});
  f.Know(At(1, 2), {{KeyHash{1}, true}});
  f.Commit(At(1, 2), {At(0, 2)});
  EXPECT_THAT(f.RunAndFree(), ElementsAre());
  f.Commit(At(0, 2), {});
  EXPECT_THAT(f.RunAndFree(), ElementsAre(At(0, 2), At(1, 2)));
}

TEST(DependencyGraphTest, LargeBatchesEndASliceAsManyInstancesDo) {
  Fixture f;
  f.set_commands(1000);
  for (Slot slot = 1; slot <= 100; ++slot) {
    f.Know(At(0, slot), {{KeyHash{slot}, true}});
    f.Commit(At(0, slot), {});
  }
  f.Run(10'000);
  EXPECT_GE(f.slices(), 9);
  EXPECT_LE(f.slices(), 11);
}

TEST(DependencyGraphTest, AChainOfAMillionNeitherOverflowsNorRepeatsWork) {
  Fixture f;
  constexpr Slot kLength = 1'000'000;
  // All blocked on the first, and committed from the last.
  f.Know(At(0, 1), {{KeyHash{1}, true}});
  for (Slot slot = 2; slot <= kLength; ++slot) {
    f.Know(At(0, slot), {{KeyHash{slot}, true}, {KeyHash{slot - 1}, true}});
  }
  for (Slot slot = kLength; slot >= 2; --slot) f.Commit(At(0, slot), {At(0, slot - 1)});
  EXPECT_THAT(f.Run(10'000), ElementsAre());
  EXPECT_GT(f.slices(), 100);
  f.Commit(At(0, 1), {});
  EXPECT_EQ(f.Run(10'000).size(), kLength);
  EXPECT_THAT(f.Executed(), ElementsAre(kLength, 0, 0, 0, 0));
}

TEST(DependencyGraphTest, ALongChainThatCommitsBackwardsIsWalkedOncePerCommit) {
  Fixture f;
  constexpr Slot kLength = 20'000;
  for (Slot slot = 1; slot <= kLength; ++slot) {
    f.Know(At(0, slot), {{KeyHash{slot}, true}, {KeyHash{slot - 1}, true}});
  }
  for (Slot slot = kLength; slot >= 2; --slot) {
    f.Commit(At(0, slot), {At(0, slot - 1)});
    EXPECT_THAT(f.Run(), ElementsAre());
  }
  EXPECT_LT(f.candidates(), 3 * kLength);
  f.Commit(At(0, 1), {});
  EXPECT_EQ(f.Run().size(), kLength);
}

// ---- Against a naive oracle

struct Graph {
  std::map<InstanceId, std::vector<KeyAccess>> keys;
  std::map<InstanceId, Deps> deps;
  std::set<InstanceId> noops;
};

bool Conflict(const std::vector<KeyAccess>& a, const std::vector<KeyAccess>& b) {
  for (const KeyAccess& x : a) {
    for (const KeyAccess& y : b) {
      if (x.key == y.key && (x.write || y.write)) return true;
    }
  }
  return false;
}

// Reachability by search, no cleverness.
std::map<InstanceId, std::set<InstanceId>> Reach(const Graph& graph) {
  std::map<InstanceId, std::set<InstanceId>> reach;
  const std::function<void(InstanceId, InstanceId)> visit = [&](InstanceId from, InstanceId at) {
    if (graph.noops.contains(at)) return;
    for (const auto& [to, keys] : graph.keys) {
      if (to == at || graph.noops.contains(to) || !graph.deps.at(at).Covers(to)) continue;
      if (!Conflict(graph.keys.at(at), keys)) continue;
      if (reach[from].insert(to).second) visit(from, to);
    }
  };
  for (const auto& [id, keys] : graph.keys) {
    reach[id];
    visit(id, id);
  }
  return reach;
}

Graph RandomGraph(Random& random) {
  Graph graph;
  std::array<Slot, 5> length{};
  for (Slot& l : length) l = random.Below(6);
  for (int r = 0; r < 5; ++r) {
    for (Slot slot = 1; slot <= length[static_cast<size_t>(r)]; ++slot) {
      const InstanceId id = At(r, slot);
      const uint64_t first = random.Below(3);
      graph.keys[id].push_back({KeyHash{first}, random.Below(3) > 0});
      if (random.Below(3) == 0) graph.keys[id].push_back({KeyHash{first + 1}, random.Below(2) > 0});
      if (random.Below(8) == 0) graph.noops.insert(id);
      Deps& deps = graph.deps[id];
      for (uint8_t c = 0; c < 5; ++c) {
        const Slot most = c == r ? slot - 1 : length[c];
        deps.Raise(MemberIndex{c}, random.Below(most + 1));
      }
    }
  }
  return graph;
}

void ExpectRunsAsTheOracleSays(const Graph& graph, Random& random) {
  std::vector<InstanceId> order;
  for (const auto& [id, keys] : graph.keys) order.push_back(id);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);

  Fixture f;
  std::vector<std::string> ran;
  const auto run = [&] {
    for (std::string& component : f.Run(1 + random.Below(10))) ran.push_back(std::move(component));
  };
  std::vector<InstanceId> known = order;
  for (size_t i = known.size(); i > 1; --i) std::swap(known[i - 1], known[random.Below(i)]);
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t k = i; k < known.size(); ++k) {
      // Each is known before it commits; the rest becomes known at random times.
      if (known[k] == order[i]) std::swap(known[i], known[k]);
    }
    f.Know(known[i], graph.keys.at(known[i]));
    f.CommitVector(order[i], graph.deps.at(order[i]),
                   graph.noops.contains(order[i]) ? Value::kNoop : Value::kPayload);
    if (random.Below(2) == 0) run();
  }
  run();

  const auto reach = Reach(graph);
  std::map<InstanceId, size_t> place;
  std::vector<std::set<InstanceId>> components;
  for (const std::string& text : ran) {
    components.emplace_back();
    for (const auto& [id, keys] : graph.keys) {
      if (!absl::StrContains(absl::StrCat(",", text, ","), absl::StrCat(",", ToString(id), ",")))
        continue;
      EXPECT_TRUE(place.emplace(id, components.size() - 1).second) << "ran twice";
      components.back().insert(id);
    }
  }
  EXPECT_EQ(place.size(), graph.keys.size()) << "everything committed, so everything runs";
  for (const auto& [a, targets] : reach) {
    for (const InstanceId b : targets) {
      const bool mutual = reach.at(b).contains(a);
      if (mutual) {
        EXPECT_EQ(place[a], place[b])
            << ToString(a) << " and " << ToString(b) << " are one component";
      } else {
        EXPECT_GT(place[a], place[b]) << ToString(a) << " depends on " << ToString(b);
      }
    }
    for (const InstanceId b : components[place[a]]) {
      EXPECT_TRUE(a == b || targets.contains(b))
          << ToString(a) << " does not reach " << ToString(b);
    }
  }
}

TEST(DependencyGraphTest, AgreesWithTheOracleOnRandomGraphsAndCommitOrders) {
  for (uint64_t seed = 1; seed <= 2000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Graph graph = RandomGraph(random);
    ExpectRunsAsTheOracleSays(graph, random);
  }
}

}  // namespace
}  // namespace althing
