// Replicas on real ports that share one store and one table of sessions, as if they agreed on
// everything, and misbehave on the way from the call to the store and back as the test tells them
// to.
#ifndef ALTHING_TESTS_CLIENT_LIBRARY_FAKE_CLUSTER_H_
#define ALTHING_TESTS_CLIENT_LIBRARY_FAKE_CLUSTER_H_

#include <grpcpp/server.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "althing/client.h"
#include "pb/kv.grpc.pb.h"

namespace althing {

// Asks every millisecond, for at most 20 s.
inline bool Eventually(const std::function<bool()>& done) {
  for (int i = 0; i < 20'000; ++i) {
    if (done()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

inline bool HasCommands(const v1::Request& request) { return request.commands_size() > 0; }

enum class Act {
  kServe,
  kRefuse,        // UNAVAILABLE, and a word that nothing was proposed.
  kOverloaded,    // RESOURCE_EXHAUSTED, the same word.
  kExecuteBreak,  // It is executed, but the answer is lost as if the connection broke.
  kBreak,         // It is lost with the connection.
  kHang,          // No answer until the caller gives up.
  kForget,        // The session is closed beforehand, as if it had expired.
};

struct Seen {
  size_t replica = 0;
  v1::Request request;
};

class FakeCluster {
 public:
  // Asked for each proposal, by several threads.
  using Behave = std::function<Act(size_t replica, const v1::Request&)>;

  explicit FakeCluster(size_t replicas, Behave behave = nullptr, uint32_t partitions = 1,
                       uint32_t session_ms = 60'000);
  ~FakeCluster();

  std::vector<Endpoint> endpoints() const;
  ClientOptions options() const { return {.endpoints = endpoints()}; }
  std::unique_ptr<Client> MakeClient() const { return *Client::Create(options()); }

  void Stop(size_t replica);
  // On the same port.
  void Start(size_t replica);

  std::string Value(const std::string& key) const;
  // All proposals that replicas got, in the order in which they came.
  std::vector<Seen> seen() const;
  size_t CountSeen(const std::function<bool(const v1::Request&)>& which) const;
  size_t open_sessions() const;
  int descriptions() const { return descriptions_; }

 private:
  struct Service;
  struct Session {
    uint32_t partition = 0;
    uint64_t low = 0;
    std::map<uint64_t, v1::ProposeReply> answers;
  };
  struct Cell {
    bool present = false;
    std::string value;
    uint64_t version = 0;
  };

  grpc::Status Propose(size_t replica, grpc::ServerContext& context, const v1::Request& request,
                       v1::ProposeReply& reply);
  // These under the lock.
  grpc::Status Execute(size_t replica, const v1::Request& request, v1::ProposeReply& reply);
  grpc::Status ExecuteInSession(const v1::Request& request, v1::ProposeReply& reply);
  void RunCommands(const v1::Request& request, v1::ProposeReply& reply);

  const Behave behave_;
  const uint32_t partitions_;
  const uint32_t session_ms_;
  std::vector<std::unique_ptr<Service>> services_;
  std::atomic<int> descriptions_ = 0;

  mutable std::mutex mutex_;
  std::map<std::string, Cell> cells_;
  std::map<uint64_t, Session> sessions_;  // By the slot of their instance.
  std::vector<Seen> seen_;
  uint64_t slot_ = 0;
};

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_LIBRARY_FAKE_CLUSTER_H_
