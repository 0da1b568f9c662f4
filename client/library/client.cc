#include "althing/client.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/library/engine.h"

namespace althing {
namespace {

using Operation = KeyCommand::Operation;

absl::Status Check(const ClientOptions& options) {
  if (options.endpoints.empty()) {
    return absl::InvalidArgumentError("ClientOptions.endpoints is empty. Name the replicas");
  }
  if (!(options.retry_share >= 0 && options.retry_share <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("ClientOptions.retry_share is ", options.retry_share, ". Choose 0 to 1"));
  }
  if (options.rounds_max == 0u) {
    return absl::InvalidArgumentError("ClientOptions.rounds_max is 0. Choose 1 or more");
  }
  if (options.timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("ClientOptions.timeout is not above 0. Choose more");
  }
  return absl::OkStatus();
}

std::vector<KeyCommand> One(Operation operation, std::string key, std::string value = "",
                            Condition condition = {}) {
  std::vector<KeyCommand> commands(1);
  commands[0] = {operation, std::move(key), std::move(value), std::move(condition)};
  return commands;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> Client::Create(ClientOptions options) {
  if (const absl::Status checked = Check(options); !checked.ok()) return checked;
  // Clients that start at the same moment differ in it.
  const uint64_t seed = static_cast<uint64_t>(NowNs()) ^ (static_cast<uint64_t>(getpid()) << 40);
  return std::unique_ptr<Client>(new Client(std::make_unique<Engine>(options, seed)));
}

Client::Client(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

Client::~Client() { Close(engine_->close_timeout()); }

void Client::CancelCalls() { engine_->CancelCalls(); }

void Client::Close(absl::Duration timeout) { engine_->Close(timeout); }

Outcome Client::Get(std::string key, Timeout timeout) {
  return engine_->Call(One(Operation::kGet, std::move(key)), timeout);
}

Outcome Client::Put(std::string key, std::string value, Condition condition, Timeout timeout) {
  return engine_->Call(One(Operation::kPut, std::move(key), std::move(value), std::move(condition)),
                       timeout);
}

Outcome Client::Append(std::string key, std::string value, Condition condition, Timeout timeout) {
  return engine_->Call(
      One(Operation::kAppend, std::move(key), std::move(value), std::move(condition)), timeout);
}

Outcome Client::Delete(std::string key, Condition condition, Timeout timeout) {
  return engine_->Call(One(Operation::kDelete, std::move(key), "", std::move(condition)), timeout);
}

Outcome Client::Transact(std::vector<KeyCommand> commands, Timeout timeout) {
  return engine_->Call(std::move(commands), timeout);
}

void Client::Get(std::string key, Callback done, Timeout timeout) {
  engine_->Start(One(Operation::kGet, std::move(key)), timeout, std::move(done));
}

void Client::Put(std::string key, std::string value, Condition condition, Callback done,
                 Timeout timeout) {
  engine_->Start(One(Operation::kPut, std::move(key), std::move(value), std::move(condition)),
                 timeout, std::move(done));
}

void Client::Append(std::string key, std::string value, Condition condition, Callback done,
                    Timeout timeout) {
  engine_->Start(One(Operation::kAppend, std::move(key), std::move(value), std::move(condition)),
                 timeout, std::move(done));
}

void Client::Delete(std::string key, Condition condition, Callback done, Timeout timeout) {
  engine_->Start(One(Operation::kDelete, std::move(key), "", std::move(condition)), timeout,
                 std::move(done));
}

void Client::Transact(std::vector<KeyCommand> commands, Callback done, Timeout timeout) {
  engine_->Start(std::move(commands), timeout, std::move(done));
}

}  // namespace althing
