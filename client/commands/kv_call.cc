#include "client/commands/kv_call.h"

#include <chrono>
#include <future>
#include <utility>

#include "absl/time/clock.h"
#include "client/endpoints.h"

namespace althing {
namespace {

constexpr absl::Duration kCloseTimeout = absl::Seconds(2);
constexpr auto kLookForInterruption = std::chrono::milliseconds(20);

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> MakeKvClient(const std::vector<Endpoint>& endpoints,
                                                     const CommonOptions& common) {
  ClientOptions options = {
      .endpoints = endpoints, .timeout = common.timeout, .rounds_max = kRounds};
  if (common.replica) {
    const absl::StatusOr<size_t> chosen = FindReplica(endpoints, *common.replica);
    if (!chosen.ok()) return chosen.status();
    options.endpoints = {endpoints[*chosen]};
  }
  return Client::Create(std::move(options));
}

Outcome CallKv(Client& client, std::vector<KeyCommand> commands,
               const std::function<bool()>& interrupted, Client::Timeout timeout) {
  // Shared: the library's thread may still be in set_value when this one has its answer.
  const auto promise = std::make_shared<std::promise<Outcome>>();
  std::future<Outcome> answer = promise->get_future();
  client.Transact(
      std::move(commands), [promise](const Outcome& outcome) { promise->set_value(outcome); },
      timeout);
  if (interrupted) {
    while (answer.wait_for(kLookForInterruption) != std::future_status::ready) {
      if (interrupted()) client.CancelCalls();
    }
  }
  return answer.get();
}

KvClients::KvClients(std::vector<Endpoint> endpoints, std::function<bool()> interrupted)
    : endpoints_(std::move(endpoints)), interrupted_(std::move(interrupted)) {}

KvClients::~KvClients() {
  const bool interrupted = interrupted_ && interrupted_();
  const absl::Time deadline = absl::Now() + (interrupted ? absl::ZeroDuration() : kCloseTimeout);
  // Together they take no longer than one.
  for (const auto& [replica, client] : clients_) client->Close(deadline - absl::Now());
}

absl::StatusOr<Client*> KvClients::Get(const CommonOptions& common) {
  const auto found = clients_.find(common.replica);
  if (found != clients_.end()) return found->second.get();
  absl::StatusOr<std::unique_ptr<Client>> made = MakeKvClient(endpoints_, common);
  if (!made.ok()) return made.status();
  return (clients_[common.replica] = *std::move(made)).get();
}

void KvClients::CancelCalls() {
  for (const auto& [replica, client] : clients_) client->CancelCalls();
}

}  // namespace althing
