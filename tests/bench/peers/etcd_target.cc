#include "tests/bench/peers/etcd_target.h"

#include <grpcpp/channel.h>

#include <chrono>

#include "client/library/channel.h"
#include "tests/bench/peers/etcd.grpc.pb.h"

namespace althing {

namespace etcd = etcdserverpb;

struct EtcdTarget::Member {
  explicit Member(const std::string& address) : channel(MakeChannel(address)), kv(channel) {}

  std::shared_ptr<grpc::Channel> channel;
  etcd::KV::Stub kv;
};

// Messages keep their memory from use to use; one of the readers is in use.
struct EtcdTarget::Exchange {
  bool read = false;
  etcd::PutRequest put;
  etcd::PutResponse put_reply;
  etcd::RangeRequest range;
  etcd::RangeResponse range_reply;
  std::unique_ptr<grpc::ClientAsyncResponseReader<etcd::PutResponse>> put_reader;
  std::unique_ptr<grpc::ClientAsyncResponseReader<etcd::RangeResponse>> range_reader;
};

EtcdTarget::EtcdTarget(const std::vector<std::string>& members, size_t clients,
                       absl::Duration timeout)
    : UnaryTarget(timeout), clients_(clients) {
  for (auto& client : clients_) {
    for (const std::string& member : members) client.push_back(std::make_unique<Member>(member));
  }
}

EtcdTarget::~EtcdTarget() = default;

bool EtcdTarget::Connect(absl::Duration timeout) {
  const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout);
  for (const auto& client : clients_) {
    for (const auto& member : client) {
      if (!member->channel->WaitForConnected(deadline)) return false;
    }
  }
  return true;
}

void EtcdTarget::Reserve(size_t count) {
  ReserveCalls(count);
  while (exchanges_.size() < count) exchanges_.push_back(std::make_unique<Exchange>());
}

void EtcdTarget::Start(size_t slot, const LoadOperation& operation) {
  Exchange& exchange = *exchanges_[slot];
  exchange.put_reader.reset();
  exchange.range_reader.reset();
  exchange.read = operation.read;
  const auto& members = clients_[slot % clients_.size()];
  Member& member = *members[next_member_];
  next_member_ = (next_member_ + 1) % members.size();
  Call& call = NewCall(slot);
  if (operation.read) {
    exchange.range.set_key(operation.key);
    exchange.range_reader = member.kv.AsyncRange(&*call.context, exchange.range, &queue());
    exchange.range_reader->Finish(&exchange.range_reply, &call.status, &call);
  } else {
    exchange.put.set_key(operation.key);
    exchange.put.set_value(operation.value);
    exchange.put_reader = member.kv.AsyncPut(&*call.context, exchange.put, &queue());
    exchange.put_reader->Finish(&exchange.put_reply, &call.status, &call);
  }
}

LoadEnd EtcdTarget::End(size_t slot) {
  const grpc::Status& status = call(slot).status;
  const Exchange& exchange = *exchanges_[slot];
  return {.status = ToAbslStatus(status),
          .cancelled = status.error_code() == grpc::StatusCode::CANCELLED,
          .found = exchange.read && exchange.range_reply.count() > 0};
}

}  // namespace althing
