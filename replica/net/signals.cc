#include "replica/net/signals.h"

#include <csignal>
#include <ctime>

#include "replica/core/check.h"

namespace althing {
namespace {

sigset_t Watched() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = Watched();
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

std::optional<int> TakeSignal() {
  const sigset_t set = Watched();
  const timespec no_wait{};
  const int signal = sigtimedwait(&set, nullptr, &no_wait);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace althing
