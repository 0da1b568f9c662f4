// A way between clients and a replica that can be cut.
#ifndef ALTHING_TESTS_PROCESS_PROXY_H_
#define ALTHING_TESTS_PROCESS_PROXY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace althing {

struct ProxyRoute {
  int target_port = 0;
  std::string target_address = "127.0.0.1";
  int own_port = 0;  // Of 127.0.0.1; 0: any that is free.
  // Runs what it is given there where the target can be reached. Called by the proxy's thread.
  std::function<void(const std::function<void()>&)> there = {};
};

// Accepts connections on a port of its own and joins each with a new one to the target. May be used
// by several threads.
class Proxy {
 public:
  explicit Proxy(int target_port) : Proxy(ProxyRoute{.target_port = target_port}) {}
  explicit Proxy(ProxyRoute route);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  int port() const { return port_; }
  // Resets all connections that are open by now; what is under way on them is lost. New ones are
  // accepted as before.
  void Cut();
  // From now on nothing that the target says reaches the client.
  void Mute() { muted_ = true; }
  // Connections that were reset so far.
  uint64_t cut() const { return cut_; }

 private:
  struct Link {
    int client, target;
  };
  void Run();
  void Accept();
  // False at the end of the connection.
  static bool Forward(int from, int to);
  bool ForwardAnswer(const Link& link) const;
  static void Close(const Link& link);
  void CutLinks();

  const ProxyRoute route_;
  int listener_ = -1, wake_ = -1, port_ = 0;
  std::atomic<bool> stopping_ = false, muted_ = false;
  std::atomic<uint64_t> cut_ = 0;
  std::vector<Link> links_;  // Of the thread while it runs.
  std::thread thread_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_PROXY_H_
