#include "client/interrupt.h"

#include <csignal>
#include <ctime>

namespace althing {

void HoldInterrupts() {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  sigaddset(&held, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &held, nullptr);
}

bool InterruptPending() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

bool ForgetInterrupt() {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGINT);
  const timespec at_once = {};
  while (sigtimedwait(&one, nullptr, &at_once) > 0) {
  }
  return !InterruptPending();
}

}  // namespace althing
