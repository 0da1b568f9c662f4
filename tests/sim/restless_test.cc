// A replica that starts again for ever, each time before it could end anything: the others decide
// what it left behind.
#include <gtest/gtest.h>

#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

TEST(RestlessTest, OneThatStartsAgainForEverHoldsNobodyUp) {
  Cluster::Options options;
  options.n = 3;
  options.restartable = true;
  Cluster cluster(options);
  constexpr uint64_t kRecoverTicks = 30;
  cluster.Propose(0, pb::OPERATION_PUT, "k", "left behind");
  cluster.DeliverOne(OfType(pb::Envelope::kPreAccept) && To(1));
  cluster.Drop();
  const RequestId request = cluster.Propose(1, pb::OPERATION_GET, "k");
  // It says that it is at work on it, and comes no further.
  const Filter others = Not(From(0)) && Not(To(0));
  const Filter passes = [&](const Message& m) {
    const auto kind = m.envelope.message_case();
    const bool question = kind == pb::Envelope::kProbe || kind == pb::Envelope::kFetch;
    return others(m) || (m.to == MemberIndex{0} ? question : kind == pb::Envelope::kProbeReply);
  };
  uint64_t ticks = 0;
  for (; cluster.replies(request).empty() && ticks < 20 * kRecoverTicks; ++ticks) {
    if (ticks % (kRecoverTicks / 2) == 0) cluster.CutShort(0);
    cluster.Advance(1);
    cluster.Deliver(passes);
    cluster.Drop();
  }
  EXPECT_FALSE(cluster.replies(request).empty()) << "not within " << ticks << " ticks";
  EXPECT_GT(ticks, kRecoverTicks) << "it was not spared";
  EXPECT_TRUE(cluster.CheckInvariants().ok());
}

}  // namespace
}  // namespace althing::sim
