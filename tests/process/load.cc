#include "tests/process/load.h"

#include <chrono>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

int64_t NowNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

Load::Load(const Cluster& cluster, LoadPlan plan) : plan_(std::move(plan)) {
  for (int i = 0; i < plan_.clients; ++i) {
    clients_.push_back(cluster.MakeClient());
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

void Load::Run(int number, Client& client, Worker& worker) {
  for (int i = 0; i < plan_.operations_max && !stopping_; ++i) {
    Operation operation;
    operation.key = absl::StrCat("key", (number + i) % plan_.keys);
    operation.write = i % 3 != 2;
    if (operation.write) operation.value = absl::StrCat("c", number, ".", i);
    const size_t at = static_cast<size_t>(number + i) % plan_.replicas.size();
    operation.begin_ns = NowNs();
    const Answer answer =
        client.Propose(static_cast<size_t>(plan_.replicas[at]),
                       MakeCommand(operation.write ? v1::OPERATION_PUT : v1::OPERATION_GET,
                                   operation.key, operation.value),
                       plan_.timeout);
    operation.end_ns = NowNs();
    operation.ok = answer.status.ok();
    operation.version = answer.reply.version();
    if (!operation.write) operation.value = answer.reply.value();
    if (!operation.ok) {
      worker.error_codes.push_back(absl::StatusCodeToString(answer.status.code()));
    }
    worker.history.push_back(std::move(operation));
    ++done_;
  }
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
  History history;
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
    history.insert(history.end(), worker->history.begin(), worker->history.end());
  }
  return history;
}

std::vector<std::string> Load::ErrorCodes() const {
  std::set<std::string> codes;
  for (const auto& worker : workers_) {
    codes.insert(worker->error_codes.begin(), worker->error_codes.end());
  }
  return {codes.begin(), codes.end()};
}

}  // namespace althing
