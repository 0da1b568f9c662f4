#include "client/library/replica_set.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>

#include "tests/client/library/fake_cluster.h"

namespace althing {
namespace {

using What = ReplicaSet::Chosen::What;

class ReplicaSetTest : public ::testing::Test {
 protected:
  ~ReplicaSetTest() override {
    Run([this] {
      if (set_ != nullptr) set_->Shutdown();
      loop_.Stop();
    });
    loop_.Join();
  }

  // In the loop's thread.
  void Run(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.Post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  void Make(ClientOptions::Choice choice, std::vector<Endpoint> endpoints) {
    set_ =
        std::make_unique<ReplicaSet>(loop_, std::move(endpoints), choice, [this] { ++changes_; });
  }

  // "0" of replica 0, "wait" or "none".
  std::string Choose(std::vector<bool> tried) {
    std::string name;
    Run([&] {
      const ReplicaSet::Chosen chosen = set_->Choose(tried);
      name = chosen.what == What::kReplica ? std::to_string(chosen.replica)
             : chosen.what == What::kWait  ? "wait"
                                           : "none";
    });
    return name;
  }
  bool WaitChosen(const std::vector<bool>& tried, const std::string& name) {
    return Eventually([&] { return Choose(tried) == name; });
  }

  FakeCluster cluster_{3};
  Loop loop_;
  std::unique_ptr<ReplicaSet> set_;
  int changes_ = 0;  // Of the loop's thread.
};

TEST_F(ReplicaSetTest, TakesTheFirstThatIsConnectedAndNotTried) {
  Make(ClientOptions::Choice::kSticky, cluster_.endpoints());
  EXPECT_EQ(Choose({false, false, false}), "wait");
  EXPECT_TRUE(WaitChosen({false, false, false}, "0"));
  EXPECT_TRUE(WaitChosen({true, false, false}, "1"));
  EXPECT_EQ(Choose({false, false, false}), "0");
  EXPECT_EQ(Choose({true, true, true}), "none");
  Run([this] { EXPECT_GT(changes_, 0); });
}

TEST_F(ReplicaSetTest, ADeadOneIsPassedOver) {
  cluster_.Stop(0);
  cluster_.Stop(1);
  Make(ClientOptions::Choice::kSticky, cluster_.endpoints());
  EXPECT_TRUE(WaitChosen({false, false, false}, "2"));
  EXPECT_EQ(Choose({false, false, true}), "none");
  cluster_.Start(1);
  EXPECT_TRUE(WaitChosen({false, false, false}, "1"));
}

TEST_F(ReplicaSetTest, OneThatFailedIsTriedByOneCallAfterAWhile) {
  Make(ClientOptions::Choice::kSticky, cluster_.endpoints());
  EXPECT_TRUE(WaitChosen({false, false, false}, "0"));
  EXPECT_TRUE(WaitChosen({true, false, false}, "1"));
  Run([this] { set_->OnFailed(0); });
  EXPECT_EQ(Choose({false, false, false}), "1");
  EXPECT_EQ(Choose({false, true, true}), "0") << "better than none";
  EXPECT_TRUE(WaitChosen({false, false, false}, "0")) << "after its time";
  Run([this] { set_->OnSent(0); });
  EXPECT_EQ(Choose({false, false, false}), "1") << "the others wait for the trial";
  Run([this] { set_->OnServed(0); });
  EXPECT_EQ(Choose({false, false, false}), "0");
}

TEST_F(ReplicaSetTest, RoundRobinTakesOneAfterTheOther) {
  Make(ClientOptions::Choice::kRoundRobin, cluster_.endpoints());
  const std::vector<bool> none(3);
  for (const std::vector<bool>& others :
       {std::vector<bool>{false, true, true}, {true, false, true}, {true, true, false}}) {
    EXPECT_TRUE(Eventually([&] { return Choose(others) != "wait"; }));
  }
  const std::string first = Choose(none), second = Choose(none), third = Choose(none);
  EXPECT_EQ(std::set<std::string>({first, second, third}).size(), 3u);
  EXPECT_EQ(Choose(none), first);
}

TEST_F(ReplicaSetTest, NamesAReplicaByIdAndAddress) {
  Make(ClientOptions::Choice::kSticky, {{7, "127.0.0.1:9"}});
  Run([this] { EXPECT_EQ(set_->Name(0), "replica 7 (127.0.0.1:9)"); });
}

}  // namespace
}  // namespace althing
