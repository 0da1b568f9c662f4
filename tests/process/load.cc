#include "tests/process/load.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/report/history_line.h"
#include "gtest/gtest.h"
#include "tests/check/judge.h"
#include "tests/check/timeline.h"

namespace althing {
namespace {

int64_t NowNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

Load::Load(const Cluster& cluster, LoadPlan plan)
    : plan_(std::move(plan)), own_client_(cluster.MakeClient(plan_.ports)) {
  for (int i = 0; i < plan_.clients; ++i) {
    clients_.push_back(cluster.MakeClient(plan_.ports));
    for (const int replica : plan_.replicas) {
      EXPECT_TRUE(clients_.back()->Connect(static_cast<size_t>(replica), kCallTimeout)) << replica;
    }
  }
  for (int i = 0; i < plan_.clients; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    worker.thread =
        std::thread([this, i, &worker] { Run(i, *clients_[static_cast<size_t>(i)], worker); });
  }
}

Load::~Load() { Stop(); }

v1::Command Load::NextCommand(int number, int i,
                              const std::map<std::string, uint64_t>& versions) const {
  const std::string key = absl::StrCat("key", (number + i) % plan_.keys);
  const std::string value = absl::StrCat(plan_.replicas.front(), "c", number, ".", i, ";");
  if (i % 3 == 2) return MakeCommand(v1::OPERATION_GET, key);
  if (!plan_.all_operations || i % 4 < 2) return MakeCommand(v1::OPERATION_PUT, key, value);
  const bool remove = i % 16 == 3;
  v1::Command command = remove ? MakeCommand(v1::OPERATION_DELETE, key)
                               : MakeCommand(v1::OPERATION_APPEND, key, value);
  // It holds if no one wrote the key since this client saw it.
  const auto seen = versions.find(key);
  if (i % 5 < 2 && seen != versions.end()) command.set_if_version(seen->second);
  return command;
}

void Load::Run(int number, AdminClient& client, Worker& worker) {
  std::map<std::string, uint64_t> versions;  // Last seen.
  for (int i = 0; i < plan_.operations_max && !stopping_; ++i) {
    const v1::Command command = NextCommand(number, i, versions);
    const size_t at = static_cast<size_t>(number + i) % plan_.replicas.size();
    const Answer answer = Call(static_cast<uint64_t>(number), client, plan_.replicas[at], command,
                               plan_.timeout, worker);
    if (answer.status.ok()) {
      versions[command.key()] = answer.reply.results(0).version();
    } else {
      worker.error_codes.push_back(absl::StatusCodeToString(answer.status.code()));
      absl::SleepFor(plan_.after_failure);
    }
    ++done_;
  }
}

Answer Load::Call(uint64_t number, AdminClient& client, int replica, const v1::Command& command,
                  absl::Duration timeout, Worker& worker) const {
  const int64_t call_ns = NowNs();
  const Answer answer = client.Propose(static_cast<size_t>(replica), command, timeout);
  const CallOutcome outcome = {answer.status, answer.sent, true, answer.refused};
  worker.history += HistoryLine({number, command, answer.reply, outcome, call_ns, NowNs()});
  return answer;
}

absl::Status Load::Write(int replica, int key) {
  const v1::Command command = MakeCommand(v1::OPERATION_PUT, absl::StrCat("key", key),
                                          absl::StrCat("own.", own_writes_++, ";"));
  EXPECT_TRUE(own_client_->Connect(static_cast<size_t>(replica), kCallTimeout)) << replica;
  return Call(static_cast<uint64_t>(plan_.clients), *own_client_, replica, command, kCallTimeout,
              own_)
      .status;
}

bool Load::WaitProgress(uint64_t count) const {
  const uint64_t goal = done_ + count;
  return WaitUntil([&] { return done_ >= goal; });
}

History Load::Stop() {
  stopping_ = true;
  return Finish();
}

History Load::Finish() {
  std::string lines = own_.history;
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
    lines += worker->history;
  }
  auto history = check::ParseHistory(lines);
  EXPECT_TRUE(history.ok()) << history.status();
  return history.ok() ? *std::move(history) : History();
}

std::vector<std::string> Load::ErrorCodes() const {
  std::set<std::string> codes;
  for (const auto& worker : workers_) {
    codes.insert(worker->error_codes.begin(), worker->error_codes.end());
  }
  return {codes.begin(), codes.end()};
}

std::string FindContradiction(const History& history) {
  const check::Judgement judgement = check::Judge(history);
  if (judgement.verdict == check::Verdict::kLinearizable) return "";
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string path = absl::StrCat(testing::TempDir(), test->test_suite_name(), ".",
                                        test->name(), ".", getpid(), ".html");
  std::ofstream(path) << check::Timeline(judgement, history);
  return absl::StrCat(check::InWords(judgement, history), "timeline: ", path);
}

std::map<std::string, uint64_t> SuccessfulWrites(const History& history) {
  std::map<std::string, uint64_t> writes;
  for (const check::Operation& operation : history) {
    if (operation.outcome == check::Outcome::kOk && check::Writes(operation)) {
      ++writes[operation.key];
    }
  }
  return writes;
}

uint64_t Failures(const History& history) {
  return static_cast<uint64_t>(std::count_if(history.begin(), history.end(), [](const auto& o) {
    return o.outcome != check::Outcome::kOk;
  }));
}

}  // namespace althing
