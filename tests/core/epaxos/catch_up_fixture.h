// The part of member 0 of three that learns what was missed.
#ifndef ALTHING_TESTS_CORE_EPAXOS_CATCH_UP_FIXTURE_H_
#define ALTHING_TESTS_CORE_EPAXOS_CATCH_UP_FIXTURE_H_

#include <string>

#include "gtest/gtest.h"
#include "replica/core/epaxos/catch_up.h"
#include "tests/core/epaxos/state_fixture.h"

namespace althing {

class CatchUpFixture : public StateFixture {
 protected:
  CatchUpFixture()
      : StateFixture(3),
        coordinator_(state_, [](InstanceId, Instance&, Event::Kind) {}),
        catch_up_(state_, coordinator_, recovery_) {}

  void SetUp() override {
    for (int m = 1; m < 3; ++m) catch_up_.OnReachable(Member(m), true);
    TakeSends();
  }
  // The end of a turn, then the time that was asked for. What is sent at that time.
  std::string UntilNextTick() {
    catch_up_.Refresh();
    EXPECT_NE(catch_up_.next_tick(), kNever);
    state_.now = catch_up_.next_tick();
    catch_up_.OnTick();
    return TakeSends();
  }
  void Mention(InstanceId id) { state_.space.Saw(id.coordinator, id.slot); }

  Coordinator coordinator_;
  RecoveryVoter voter_{state_};
  Recovery recovery_{state_, voter_, [](InstanceId) { return false; },
                     [](InstanceId, Instance&) {}};
  CatchUp catch_up_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_CORE_EPAXOS_CATCH_UP_FIXTURE_H_
