#include "tests/process/session_load.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/process/aftermath.h"

namespace althing {
namespace {

using Operation = KeyCommand::Operation;

constexpr size_t kReadTogether = 100;

int64_t NowNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

check::Kind KindOf(Operation operation) {
  switch (operation) {
    case Operation::kGet:
      return check::Kind::kGet;
    case Operation::kPut:
      return check::Kind::kPut;
    case Operation::kAppend:
      return check::Kind::kAppend;
    case Operation::kDelete:
      return check::Kind::kDelete;
  }
  return check::Kind::kGet;
}

check::Result ResultOf(const KeyCommand& command, const KeyResult& answer) {
  check::Result result = {.found = answer.found, .version = answer.version};
  if (command.condition.if_version.has_value()) result.applied = !answer.condition_failed;
  const bool shows = command.operation == Operation::kGet || answer.condition_failed;
  if (shows && answer.found) result.value = answer.value;
  return result;
}

// Of a call's command number `at`.
check::Operation Seen(int client, const KeyCommand& command, const Outcome& outcome, size_t at,
                      int64_t call_ns) {
  check::Operation seen = {.client = absl::StrCat(client),
                           .key = command.key,
                           .kind = KindOf(command.operation),
                           .value = command.value,
                           .expect_version = command.condition.if_version,
                           .call_ns = call_ns,
                           .return_ns = NowNs()};
  if (outcome.ok()) {
    seen.result = ResultOf(command, outcome.results[at]);
  } else {
    const bool failed = outcome.written == Written::kNo && command.operation != Operation::kGet;
    seen.outcome = failed ? check::Outcome::kFailed : check::Outcome::kUnknown;
  }
  return seen;
}

KeyCommand NextCommand(int client, int i, const std::map<std::string, uint64_t>& versions) {
  const std::string value = absl::StrCat(client, ".", i);
  if (i % 2 == 0) {
    return {.operation = Operation::kPut, .key = absl::StrCat("once", value), .value = value};
  }
  const std::string key = KeyOfLoad((client + i / 2) % SessionLoad::kSharedKeys);
  if (i % 6 == 5) return {.operation = Operation::kGet, .key = key};
  KeyCommand command = {.operation = Operation::kPut, .key = key, .value = value};
  const auto seen = versions.find(key);
  if (i % 8 == 7 && seen != versions.end()) command.condition.if_version = seen->second;
  return command;
}

}  // namespace

SessionLoad::SessionLoad(const Cluster& cluster, int clients) {
  ClientOptions options = {.choice = ClientOptions::Choice::kRoundRobin, .retry_burst = 100'000};
  for (int i = 0; i < cluster.members(); ++i) {
    options.endpoints.push_back(
        {static_cast<uint32_t>(i), absl::StrCat("127.0.0.1:", cluster.client_port(i))});
  }
  for (int i = 0; i < clients; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->number = i;
    workers_.back()->client = *Client::Create(options);
  }
  for (const auto& worker : workers_) {
    worker->thread = std::thread([this, &worker = *worker] { Run(worker); });
  }
}

SessionLoad::~SessionLoad() { Stop(); }

void SessionLoad::Run(Worker& worker) {
  Random random(static_cast<uint64_t>(worker.number));
  for (int i = 0; !stopping_; ++i) {
    const KeyCommand command = NextCommand(worker.number, i, worker.versions);
    const absl::Duration timeout = absl::Milliseconds(200 + random.Below(801));
    const int64_t call_ns = NowNs();
    const Outcome outcome = worker.client->Transact({command}, timeout);
    worker.history.push_back(Seen(worker.number, command, outcome, 0, call_ns));
    if (!outcome.ok()) continue;
    if (i % 2 == 0) {
      worker.once[command.key] = command.value;
    } else {
      worker.versions[command.key] = outcome.version();
    }
    if (command.operation != Operation::kGet && !outcome.condition_failed()) ++acknowledged_;
  }
}

bool SessionLoad::WaitAcknowledged(uint64_t count) const {
  const uint64_t goal = acknowledged_ + count;
  return WaitUntil([&] { return acknowledged_ >= goal; });
}

void SessionLoad::Stop() {
  stopping_ = true;
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void SessionLoad::ReadSome(Worker& worker, const std::vector<std::string>& keys, ReadBack& back) {
  std::vector<KeyCommand> commands;
  for (const std::string& key : keys) commands.push_back({.key = key});
  const int64_t call_ns = NowNs();
  const Outcome outcome = worker.client->Transact(commands, absl::Seconds(10));
  if (!outcome.ok()) {
    back.unread += keys.size();
    back.example = absl::StrCat(keys.front(), ": ", outcome.status.ToString());
    return;
  }
  for (size_t at = 0; at < keys.size(); ++at) {
    worker.history.push_back(Seen(worker.number, commands[at], outcome, at, call_ns));
    const KeyResult& result = outcome.results[at];
    if (result.found && result.value == worker.once[keys[at]]) continue;
    ++back.lost;
    back.example = keys[at];
  }
}

ReadBack SessionLoad::ReadAll() {
  ReadBack back;
  for (const auto& worker : workers_) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : worker->once) {
      keys.push_back(key);
      if (keys.size() == kReadTogether) ReadSome(*worker, std::exchange(keys, {}), back);
    }
    if (!keys.empty()) ReadSome(*worker, keys, back);
    back.acknowledged += worker->once.size();
  }
  return back;
}

check::History SessionLoad::history() const {
  check::History history;
  for (const auto& worker : workers_) {
    history.insert(history.end(), worker->history.begin(), worker->history.end());
  }
  for (size_t i = 0; i < history.size(); ++i) history[i].line = i + 1;
  return history;
}

}  // namespace althing
