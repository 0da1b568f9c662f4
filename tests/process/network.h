// Replicas in network namespaces of their own, joined by a router that loses what it is told to.
#ifndef ALTHING_TESTS_PROCESS_NETWORK_H_
#define ALTHING_TESTS_PROCESS_NETWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace althing {

// A namespace without a name: it lives as long as this object and the processes and sockets in it.
class Namespace {
 public:
  // REQUIRES: Network finds no obstacle.
  Namespace();
  ~Namespace();
  Namespace(const Namespace&) = delete;
  Namespace& operator=(const Namespace&) = delete;

  // The calling thread is in it while `action` runs: sockets that it makes and processes that it
  // starts stay in it.
  void Run(const std::function<void()>& action) const;
  // As a path, for programs.
  std::string path() const;

 private:
  int fd_ = -1;
};

// Each member has an interface of its own, all of them lead to the router, a namespace too. Nothing
// is visible outside, and nothing outlives the process of the test. Of the test's main thread.
class Network {
 public:
  // What leaves the first for the second.
  using Way = std::pair<int, int>;

  // Why there can be none on this machine, in words; else empty. Its tries leave nothing but files
  // in `directory`.
  static std::string Obstacle(const std::string& directory);

  // The files of its commands are put into `directory`. REQUIRES: there is no obstacle.
  Network(int members, std::string directory);

  static std::string Host(int member);
  const Namespace& router() const { return router_; }
  const Namespace& member(int i) const { return *members_[static_cast<size_t>(i)]; }

  // From now on these ways are cut, and no others; of what goes the others, so many packets of a
  // hundred are lost.
  void Set(const std::vector<Way>& cut, int loss_percent = 0);
  void Heal() { Set({}); }

  // Packets, by the rules that hold now.
  uint64_t Lost() const;

  // Both ways between any two members that are in no pair of `links`.
  std::vector<Way> AllBut(const std::vector<std::pair<int, int>>& links) const;

 private:
  // What it said.
  std::string RunIn(const Namespace& where, const std::string& program,
                    const std::string& script) const;

  const std::string directory_;
  const Namespace router_;
  std::vector<std::unique_ptr<Namespace>> members_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_NETWORK_H_
