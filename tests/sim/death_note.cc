#include "tests/sim/death_note.h"

#include <unistd.h>

#include <csignal>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace althing::sim {
namespace {

char g_text[512];

// Only what a signal handler may call.
void Say() {
  const auto written = write(STDERR_FILENO, g_text, std::strlen(g_text));
  (void)written;
}

void SayAndAbort(int) {
  Say();
  std::signal(SIGABRT, SIG_DFL);
  std::raise(SIGABRT);
}

}  // namespace

void SayOnDeath(const std::string& text) {
  std::strncpy(g_text, text.c_str(), sizeof(g_text) - 2);
  std::strncat(g_text, "\n", 1);
  std::signal(SIGABRT, SayAndAbort);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  __sanitizer_set_death_callback(Say);
#endif
}

}  // namespace althing::sim
