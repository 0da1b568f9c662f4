// A cluster for scripted schedules: what arrives, who dies, and in the end whether all is well.
#ifndef ALTHING_TESTS_MUTATION_STAGE_H_
#define ALTHING_TESTS_MUTATION_STAGE_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/sim/cluster.h"

namespace althing::sim {

// Options of a cluster that asks everybody, and with designated fast quorums as given; the others
// have everybody in theirs.
Cluster::Options Asking(int n, const std::map<int, std::vector<int>>& fast_quorums = {});

class Stage {
 public:
  explicit Stage(const Cluster::Options& options) : cluster(options) {}

  // A client at member `at` appends `value` to the one key that all want.
  RequestId Append(int at, const std::string& value);
  // The first message of this type on the instance, from one to the other, arrives; it is an error
  // if there is none.
  void One(pb::Envelope::MessageCase type, InstanceId id, int from, int to,
           bool keep_a_copy = false);
  // As the cluster's; whom it has not answered it never will.
  void CutShort(int at);
  // Takes what waits and passes off the network, to be put there again.
  std::vector<Message> Take(const Filter& filter);
  bool Waits(pb::Envelope::MessageCase type, InstanceId id, int from) const;
  // Time goes on, and only what passes arrives, until `done`. False if that takes more than so many
  // ticks. All else is lost.
  bool Only(const Filter& passes, const std::function<bool()>& done, uint64_t ticks = 2000);
  bool Decided(int at, InstanceId id) const;
  // The highest ballot of the instance that member `at` has joined by a promise.
  uint64_t BallotOf(int at, InstanceId id) const;
  bool Answered(RequestId request) const { return !cluster.replies(request).empty(); }

  // The network is well. Returns what is wrong in the end with those who live: something is not
  // answered or not decided, or outcomes or stores differ.
  std::string Heal();
  // What member `at` reads then.
  std::string Read(int at);

  Cluster cluster;

 private:
  std::string ValueRead(int at, std::string* wrong);

  std::map<uint64_t, int> asked_at_;  // Request -> member.
};

// Passes what these members send each other.
Filter Among(const std::vector<int>& members);
Filter Either(Filter a, Filter b);
// Passes what member `by` asks the others of `quorum` to recover the instance, and their answers;
// but no Commit.
Filter RecoveryOf(InstanceId id, int by, const std::vector<int>& quorum);

}  // namespace althing::sim

#endif  // ALTHING_TESTS_MUTATION_STAGE_H_
