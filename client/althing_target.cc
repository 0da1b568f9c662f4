#include "client/althing_target.h"

#include <utility>

#include "client/library/channel.h"
#include "client/report/history_line.h"

namespace althing {

// Messages keep their memory from use to use.
struct AlthingTarget::Exchange {
  v1::ProposeRequest request;
  v1::ProposeReply reply;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::ProposeReply>> reader;
};

AlthingTarget::AlthingTarget(std::vector<AdminClient*> clients, Route route, absl::Duration timeout)
    : UnaryTarget(timeout), clients_(std::move(clients)), route_(std::move(route)) {}

AlthingTarget::~AlthingTarget() = default;

void AlthingTarget::Reserve(size_t count) {
  ReserveCalls(count);
  while (exchanges_.size() < count) exchanges_.push_back(std::make_unique<Exchange>());
}

void AlthingTarget::Start(size_t slot, const LoadOperation& operation) {
  Exchange& exchange = *exchanges_[slot];
  exchange.reader.reset();
  v1::Request& request = *exchange.request.mutable_request();
  v1::Command& command =
      request.commands_size() > 0 ? *request.mutable_commands(0) : *request.add_commands();
  command.set_operation(operation.read ? v1::OPERATION_GET : v1::OPERATION_PUT);
  command.set_key(operation.key);
  if (operation.read) {
    command.clear_value();
  } else {
    command.set_value(operation.value);
  }
  const size_t endpoint = route_[next_on_route_];
  next_on_route_ = (next_on_route_ + 1) % route_.size();
  Call& call = NewCall(slot);
  exchange.reader = clients_[slot % clients_.size()]->kv(endpoint).AsyncPropose(
      &*call.context, exchange.request, &queue());
  exchange.reader->Finish(&exchange.reply, &call.status, &call);
}

absl::Status AlthingTarget::StatusOf(size_t slot) const {
  const grpc::Status& status = call(slot).status;
  if (!status.ok()) return ToAbslStatus(status);
  return CheckReply(exchanges_[slot]->request.request(), exchanges_[slot]->reply);
}

LoadEnd AlthingTarget::End(size_t slot) {
  LoadEnd end = {.status = StatusOf(slot),
                 .cancelled = call(slot).status.error_code() == grpc::StatusCode::CANCELLED};
  if (end.status.ok()) end.found = exchanges_[slot]->reply.results(0).found();
  return end;
}

std::string AlthingTarget::History(size_t slot, int64_t call_ns,
                                   std::optional<int64_t> return_ns) const {
  const v1::Command& command = exchanges_[slot]->request.request().commands(0);
  const CallOutcome outcome = {.status = StatusOf(slot),
                               .sent = true,
                               .write = command.operation() != v1::OPERATION_GET,
                               .refused = IsRefused(*call(slot).context, call(slot).status)};
  return HistoryLine({slot, command, exchanges_[slot]->reply, outcome, call_ns, return_ns});
}

}  // namespace althing
