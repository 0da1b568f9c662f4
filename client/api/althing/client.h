// The client library of Althing: calls on a cluster, from any number of threads at once.
//
// Each call goes to one replica, over one connection per replica. Where that one does not serve,
// the same request goes to another one, until there is an answer, the call's deadline passes or the
// retry budget is used up.
//
// Exactly once: a write carries a number in a session of its partition, and keeps it however often
// it is sent. Replicas execute it once, and each of them gives the first answer again. If no answer
// came, the outcome says so (Written::kUnknown); it may then still take effect, once.
//
// Order: calls that are under way at the same time take effect in any order, also those of one
// thread that used callbacks. A call that begins after the answer of another one takes effect after
// it.
#ifndef ALTHING_CLIENT_API_ALTHING_CLIENT_H_
#define ALTHING_CLIENT_API_ALTHING_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace althing {

// Where a replica listens for clients.
struct Endpoint {
  uint32_t replica = 0;      // Its id in config.json.
  std::string address = {};  // "host:port"; an IPv6 host stands in brackets.
  bool operator==(const Endpoint&) const = default;
};

// The replicas of a cluster's config.json, by id. NOT_FOUND or INVALID_ARGUMENT, in one line.
absl::StatusOr<std::vector<Endpoint>> EndpointsFromConfig(const std::string& path);

// What must hold for a write to happen, looked at in the same moment. At most one of them.
struct Condition {
  std::optional<uint64_t> if_version = std::nullopt;   // This is the key's version; 0: no value.
  std::optional<std::string> if_value = std::nullopt;  // The key has exactly this value.
  bool if_absent = false;                              // The key has no value.
};

struct KeyCommand {
  enum class Operation { kGet, kPut, kAppend, kDelete };

  Operation operation = Operation::kGet;
  std::string key = {};      // At least 1 byte.
  std::string value = {};    // kPut and kAppend only.
  Condition condition = {};  // Not for kGet.
};

// What became of one command.
struct KeyResult {
  // A get, and a request that wrote nothing: the key has a value. A write: it had one before.
  bool found = false;
  std::string value = {};         // A get, and a condition that failed: the value.
  uint64_t version = 0;           // Writes to the key so far, deletes too, this one included.
  bool condition_failed = false;  // Then nothing of the request was written.
};

enum class Written { kNo, kYes, kUnknown };

// How a call ended.
struct Outcome {
  absl::Status status = absl::OkStatus();
  Written written = Written::kNo;       // kYes: all writes of the call took effect.
  std::vector<KeyResult> results = {};  // One of each command, in order; empty if status is not OK.
  std::string instance = {};  // "COORDINATOR.SLOT" of the partition, which carried it first.
  uint32_t partition = 0;
  uint32_t replica = 0;    // The id of the replica that answered.
  bool repeated = false;   // It took effect when it was sent before; this is its first answer.
  std::string where = {};  // A failure that one replica gave: "replica 3 (localhost:7103)".
  uint32_t tries = 0;      // How often it was sent.

  bool ok() const { return status.ok(); }
  bool condition_failed() const {
    for (const KeyResult& result : results) {
      if (result.condition_failed) return true;
    }
    return false;
  }
  // Of the first command, or of none.
  bool found() const { return !results.empty() && results.front().found; }
  std::string value() const { return results.empty() ? std::string() : results.front().value; }
  uint64_t version() const { return results.empty() ? 0 : results.front().version; }
};

struct ClientOptions {
  enum class Choice {
    kSticky,      // The first of `endpoints` that serves: put the nearest one first.
    kRoundRobin,  // One after the other.
  };

  std::vector<Endpoint> endpoints = {};  // At least one.
  Choice choice = Choice::kSticky;
  absl::Duration timeout = absl::Seconds(5);  // Of a call that names none, with all its tries.
  // False: no sessions. A write of which the outcome is unknown is then never sent again.
  bool exactly_once = true;
  // The retry budget keeps an outage from being multiplied: each call adds `retry_share` to it and
  // each sending beyond a call's first takes 1; it holds at most `retry_burst`, with which it
  // begins.
  double retry_share = 0.2;  // 0 to 1.
  uint32_t retry_burst = 100;
  // How often a call that fails everywhere goes through all replicas. Absent: until its deadline.
  std::optional<uint32_t> rounds_max = std::nullopt;
  absl::Duration close_timeout = absl::Seconds(2);  // How long the destructor may wait.
};

// Any thread may use it, at the same time as others.
class Client {
 public:
  // Runs once, on the library's one thread, which serves all calls: it must not block and not
  // throw. It may begin further calls with callbacks; calls that wait for their answer fail at once
  // in it with FAILED_PRECONDITION, and the Client must not be destroyed in it. Of a call that was
  // begun after Close it runs in the calling thread.
  using Callback = std::function<void(const Outcome&)>;
  using Timeout = std::optional<absl::Duration>;  // Of the call, all tries included.

  // INVALID_ARGUMENT if the options are not as they should be. Does not wait for a replica.
  static absl::StatusOr<std::unique_ptr<Client>> Create(ClientOptions options);
  ~Client();  // As Close(close_timeout).
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Each returns when there is an answer, or with the reason why there is none. docs/errors.md
  // lists the status codes. A condition that does not hold is an answer, and no error.
  Outcome Get(std::string key, Timeout timeout = std::nullopt);
  Outcome Put(std::string key, std::string value, Condition condition = {},
              Timeout timeout = std::nullopt);
  Outcome Append(std::string key, std::string value, Condition condition = {},
                 Timeout timeout = std::nullopt);
  Outcome Delete(std::string key, Condition condition = {}, Timeout timeout = std::nullopt);
  // All commands take effect at one moment, in their order; if one of the conditions fails, nothing
  // is written. INVALID_ARGUMENT if the keys are not all of one partition.
  Outcome Transact(std::vector<KeyCommand> commands, Timeout timeout = std::nullopt);

  // The same; they return at once.
  void Get(std::string key, Callback done, Timeout timeout = std::nullopt);
  void Put(std::string key, std::string value, Condition condition, Callback done,
           Timeout timeout = std::nullopt);
  void Append(std::string key, std::string value, Condition condition, Callback done,
              Timeout timeout = std::nullopt);
  void Delete(std::string key, Condition condition, Callback done, Timeout timeout = std::nullopt);
  void Transact(std::vector<KeyCommand> commands, Callback done, Timeout timeout = std::nullopt);

  // Ends the calls under way with CANCELLED, soon: their outcomes still come as for any other call,
  // and a write that may have been sent is Written::kUnknown. Calls that begin later are not
  // touched.
  void CancelCalls();

  // Waits for the calls under way and closes the sessions, both together for at most `timeout`;
  // calls that are left then end with CANCELLED. Calls that begin later end so at once.
  void Close(absl::Duration timeout);

 private:
  class Engine;
  explicit Client(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_API_ALTHING_CLIENT_H_
