// etcd under a load loop: one Put or Range an operation.
#ifndef ALTHING_TESTS_BENCH_PEERS_ETCD_TARGET_H_
#define ALTHING_TESTS_BENCH_PEERS_ETCD_TARGET_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/unary_target.h"

namespace althing {

class EtcdTarget final : public UnaryTarget {
 public:
  // Each client has a connection of its own to each member ("host:port"); slot s belongs to client
  // s mod their number, and operations go to the members in turn. REQUIRES: neither is empty.
  EtcdTarget(const std::vector<std::string>& members, size_t clients, absl::Duration timeout);
  ~EtcdTarget() override;

  // Waits until all connections are there. False if one is not after `timeout`.
  bool Connect(absl::Duration timeout);

  void Reserve(size_t count) override;
  void Start(size_t slot, const LoadOperation& operation) override;
  LoadEnd End(size_t slot) override;

 private:
  struct Member;
  struct Exchange;

  std::vector<std::vector<std::unique_ptr<Member>>> clients_;
  size_t next_member_ = 0;
  std::vector<std::unique_ptr<Exchange>> exchanges_;  // By slot.
};

}  // namespace althing

#endif  // ALTHING_TESTS_BENCH_PEERS_ETCD_TARGET_H_
