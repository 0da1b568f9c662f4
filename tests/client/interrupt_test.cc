#include "client/interrupt.h"

#include <gtest/gtest.h>

#include <csignal>

namespace althing {
namespace {

TEST(InterruptTest, AHeldSignalIsPendingUntilItIsTaken) {
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, nullptr, &before);
  HoldInterrupts();
  for (int signal : {SIGINT, SIGTERM}) {
    EXPECT_FALSE(InterruptPending());
    raise(signal);
    EXPECT_TRUE(InterruptPending());
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    int taken = 0;
    ASSERT_EQ(sigwait(&one, &taken), 0);
    EXPECT_EQ(taken, signal);
  }
  EXPECT_FALSE(InterruptPending());
  raise(SIGINT);
  EXPECT_TRUE(ForgetInterrupt());
  EXPECT_FALSE(InterruptPending());
  EXPECT_TRUE(ForgetInterrupt());
  raise(SIGINT);
  raise(SIGTERM);
  EXPECT_FALSE(ForgetInterrupt());
  EXPECT_TRUE(InterruptPending());
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  int taken = 0;
  ASSERT_EQ(sigwait(&term, &taken), 0);
  EXPECT_FALSE(InterruptPending());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace althing
