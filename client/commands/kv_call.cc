#include "client/commands/kv_call.h"

#include <chrono>
#include <future>
#include <utility>

#include "client/endpoints.h"

namespace althing {
namespace {

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
               const std::function<bool()>& interrupted) {
  // Shared: the library's thread may still be in set_value when this one has its answer.
  const auto promise = std::make_shared<std::promise<Outcome>>();
  std::future<Outcome> answer = promise->get_future();
  client.Transact(std::move(commands),
                  [promise](const Outcome& outcome) { promise->set_value(outcome); });
  if (interrupted) {
    while (answer.wait_for(kLookForInterruption) != std::future_status::ready) {
      if (interrupted()) client.Close(absl::ZeroDuration());
    }
  }
  return answer.get();
}

}  // namespace althing
