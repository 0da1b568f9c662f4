// One partition of a replica: its store, and the protocol that orders what the store runs.
#ifndef ALTHING_REPLICA_CORE_PARTITION_H_
#define ALTHING_REPLICA_CORE_PARTITION_H_

#include "replica/core/epaxos/epaxos.h"
#include "replica/core/kv_store.h"

namespace althing {

class Partition {
 public:
  explicit Partition(const CoreOptions& options)
      : store_(options.value_bytes_max), protocol_(options, store_) {}
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  Protocol& protocol() { return protocol_; }
  const Protocol& protocol() const { return protocol_; }
  // Equal at replicas that have executed the same; looks at everything.
  uint64_t StateDigest() const { return store_.Digest() * 31 + protocol_.sessions().Digest(); }

 private:
  KvStore store_;
  Epaxos protocol_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_PARTITION_H_
