#include "tests/process/comebacks.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/aftermath.h"
#include "tests/process/load.h"
#include "tests/process/log_lines.h"

namespace althing {

namespace {

// How long the process' main thread, the event loop, could have run and did not.
std::chrono::milliseconds WaitedForProcessor(pid_t process) {
  std::istringstream said(ReadFile(absl::StrCat("/proc/", process, "/schedstat")));
  int64_t ran_ns = 0, waited_ns = 0;
  said >> ran_ns >> waited_ns;  // Nothing, where the kernel does not say.
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(waited_ns));
}

}  // namespace

void Comebacks::Kill(const std::vector<int>& victims) {
  for (const int i : victims) cluster_.replica(i).Signal(SIGKILL);
  for (const int i : victims) {
    cluster_.Kill(i);
    starting_.erase(i);
  }
}

void Comebacks::Start(int i) {
  starting_[i] = {Clock::now(), cluster_.Log(i).size()};
  cluster_.Start(i);
  ++starts_;
}

void Comebacks::Start(const std::vector<int>& replicas) {
  for (const int i : replicas) Start(i);
}

void Comebacks::Look() {
  for (auto at = starting_.begin(); at != starting_.end();) {
    const auto& [i, starting] = *at;
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - starting.since);
    const bool ready =
        cluster_.Log(i).find(" event=ready ", starting.log_size) != std::string::npos;
    const auto own = took - WaitedForProcessor(cluster_.replica(i).pid());
    if (!ready && own < kReadyWithin) {
      ++at;
      continue;
    }
    EXPECT_TRUE(ready) << "replica " << i << " was not ready after " << took.count()
                       << " ms, of which " << own.count() << " were its own:\n"
                       << cluster_.Log(i).substr(starting.log_size);
    slowest_ = std::max(slowest_, took);
    at = starting_.erase(at);
  }
}

void Comebacks::WaitReady() {
  EXPECT_TRUE(WaitUntil([this] {
    Look();
    return starting_.empty();
  }));
}

void ExpectNothingLost(Cluster& cluster, SessionLoad& load) {
  EXPECT_TRUE(cluster.WaitLinked());
  load.Stop();
  const ReadBack back = load.ReadAll();
  EXPECT_GT(back.acknowledged, 0u);
  EXPECT_EQ(back.lost, 0u) << "of " << back.acknowledged << ", for example " << back.example;
  EXPECT_EQ(back.unread, 0u) << back.example;
  const check::History history = load.history();
  EXPECT_EQ(FindContradiction(history), "");
  ExpectAllDecided(cluster, {0, 1, 2, 3, 4});
  ExpectAgreement(cluster, SessionLoad::kSharedKeys);
  for (int i = 0; i < cluster.members(); ++i) {
    EXPECT_THAT(EventsAt("error", cluster.Log(i)), testing::IsEmpty()) << i;
  }
  std::cout << "acknowledged writes of keys that were written once: " << back.acknowledged
            << ", lost: " << back.lost << "; operations: " << history.size()
            << ", not answered: " << Failures(history) << "\n";
}

int NumberOf(const char* variable, int otherwise) {
  const char* const text = std::getenv(variable);
  int number = 0;
  if (text == nullptr) return otherwise;
  EXPECT_TRUE(absl::SimpleAtoi(text, &number) && number > 0) << variable << "=" << text;
  return number > 0 ? number : otherwise;
}

}  // namespace althing
