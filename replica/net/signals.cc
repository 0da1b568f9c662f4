#include "replica/net/signals.h"

#include <csignal>
#include <ctime>
#include <initializer_list>

#include "replica/core/check.h"

namespace althing {
namespace {

sigset_t SetOf(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

sigset_t Watched() { return SetOf({SIGTERM, SIGINT, SIGUSR1}); }

std::optional<int> TakeOne(const sigset_t& set) {
  const timespec no_wait{};
  const int signal = sigtimedwait(&set, nullptr, &no_wait);
  if (signal < 0) return std::nullopt;
  return signal;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = Watched();
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  CHECK(std::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
}

std::optional<int> TakeSignal() { return TakeOne(Watched()); }

bool TakeStopSignal() { return TakeOne(SetOf({SIGTERM, SIGINT})).has_value(); }

}  // namespace althing
