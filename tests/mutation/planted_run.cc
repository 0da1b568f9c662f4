#include "tests/mutation/planted_run.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"

namespace althing::sim {
namespace {

// One try takes milliseconds. One that has not ended after this long never will.
constexpr unsigned kSecondsPerTry = 30;

// What the child tells. It may die at any point, so it writes as it goes. Lies in mapped memory,
// which begins as zeros.
struct Shared {
  uint64_t tries;
  char failure[2000];
};

[[noreturn]] void RunChild(Bug bug, uint64_t tries_max, const Try& attempt, std::FILE* errors,
                           Shared& shared) {
  dup2(fileno(errors), STDERR_FILENO);
  planted_bug = bug;
  for (shared.tries = 1; shared.tries <= tries_max; ++shared.tries) {
    alarm(kSecondsPerTry);
    const std::string failure = attempt(shared.tries);
    if (failure.empty()) continue;
    std::snprintf(shared.failure, sizeof(shared.failure), "%s", failure.c_str());
    _exit(0);
  }
  shared.tries = tries_max;
  _exit(0);
}

// "recovery.cc:84: CHECK failed: ..." of what the child wrote before it died.
std::string LastWords(std::FILE* errors) {
  std::rewind(errors);
  char line[1000];
  std::string words = "died without a word";
  while (std::fgets(line, sizeof(line), errors) != nullptr) {
    const char* check = std::strstr(line, "CHECK failed");
    if (check == nullptr) continue;
    const char* end = std::strstr(check, ". This is a bug");
    words = end == nullptr ? check : std::string(check, end);
  }
  return words;
}

}  // namespace

PlantedResult RunPlanted(Bug bug, uint64_t tries_max, const Try& attempt) {
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  std::FILE* errors = std::tmpfile();
  CHECK(memory != MAP_FAILED && errors != nullptr);
  Shared& shared = *static_cast<Shared*>(memory);
  const auto start = std::chrono::steady_clock::now();
  std::fflush(nullptr);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) RunChild(bug, tries_max, attempt, errors, shared);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  PlantedResult result;
  result.tries = shared.tries;
  result.failure = shared.failure;
  if (WIFSIGNALED(status)) {
    result.failure = WTERMSIG(status) == SIGALRM
                         ? absl::StrCat("no end after ", kSecondsPerTry, " s")
                         : LastWords(errors);
  } else if (WEXITSTATUS(status) != 0) {
    result.failure = absl::StrCat("ended with code ", WEXITSTATUS(status));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::fclose(errors);
  munmap(memory, sizeof(Shared));
  return result;
}

}  // namespace althing::sim
