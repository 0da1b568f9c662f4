// Althing itself under a load loop: one Propose an operation, without a session.
#ifndef ALTHING_CLIENT_ALTHING_TARGET_H_
#define ALTHING_CLIENT_ALTHING_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/admin_client.h"
#include "client/unary_target.h"

namespace althing {

// The endpoints that operations go to, one after the other and round again; a single one for a
// fixed replica.
using Route = std::vector<size_t>;

class AlthingTarget final : public UnaryTarget {
 public:
  // Slot s goes over the connections of client s mod their number, so that each has as much under
  // way. REQUIRES: neither is empty; the clients have the same endpoints and outlive the target.
  AlthingTarget(std::vector<AdminClient*> clients, Route route, absl::Duration timeout);
  ~AlthingTarget() override;

  void Reserve(size_t count) override;
  void Start(size_t slot, const LoadOperation& operation) override;
  LoadEnd End(size_t slot) override;

  // The line of the history (docs/history.md) of a slot that has ended and not been started again.
  std::string History(size_t slot, int64_t call_ns, std::optional<int64_t> return_ns) const;

 private:
  struct Exchange;

  // What the answer is worth.
  absl::Status StatusOf(size_t slot) const;

  const std::vector<AdminClient*> clients_;
  const Route route_;
  size_t next_on_route_ = 0;
  std::vector<std::unique_ptr<Exchange>> exchanges_;  // By slot.
};

}  // namespace althing

#endif  // ALTHING_CLIENT_ALTHING_TARGET_H_
