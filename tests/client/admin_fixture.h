// Two replicas that reach each other, and clients of both, one of them with the second one dead.
#ifndef ALTHING_TESTS_CLIENT_ADMIN_FIXTURE_H_
#define ALTHING_TESTS_CLIENT_ADMIN_FIXTURE_H_

#include <gtest/gtest.h>

#include <sstream>

#include "client/admin_client.h"
#include "client/commands/options.h"
#include "tests/client/fake_replica.h"

namespace althing {

class AdminFixture : public ::testing::Test {
 protected:
  AdminFixture() {
    for (FakeReplica* replica : {&a_, &b_}) {
      replica->status.set_members(2);
      replica->status.set_uptime_seconds(5);
      v1::PeerState& peer = *replica->status.add_peers();
      peer.set_replica(replica == &a_ ? 1 : 0);
      peer.set_reachable(true);
    }
  }

  const CommonOptions json_ = {.output = OutputFormat::kJson};
  FakeReplica a_{0}, b_{1};
  AdminClient client_{{{0, a_.address()}, {1, b_.address()}}, {}};
  AdminClient half_dead_{{{0, a_.address()}, {1, DeadAddress()}}, {}};
  std::ostringstream out_, err_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_ADMIN_FIXTURE_H_
