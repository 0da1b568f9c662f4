#include "tests/process/network.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/process/process.h"

namespace althing {
namespace {

constexpr char kOwnNamespace[] = "/proc/thread-self/ns/net";

int OpenOwn() { return open(kOwnNamespace, O_RDONLY | O_CLOEXEC); }

// Its path, or nothing.
std::string Find(const std::string& program) {
  for (const char* folder : {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"}) {
    const std::string path = folder + program;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

// Tried in a thread of its own, which takes the namespace with it.
bool MayUnshare() {
  bool may = false;
  std::thread([&may] { may = unshare(CLONE_NEWNET) == 0; }).join();
  return may;
}

// Its end of the way to the member.
std::string RouterEnd(int member) { return absl::StrCat("10.77.", member, ".1"); }

// Lets the namespace forward packets; false if it cannot be told to.
bool Forward() {
  std::ofstream forward("/proc/sys/net/ipv4/ip_forward");
  forward << "1" << std::flush;
  return forward.good();
}

}  // namespace

Namespace::Namespace() {
  const int home = OpenOwn();
  EXPECT_EQ(unshare(CLONE_NEWNET), 0);
  fd_ = OpenOwn();
  EXPECT_EQ(setns(home, CLONE_NEWNET), 0);
  close(home);
}

Namespace::~Namespace() { close(fd_); }

void Namespace::Run(const std::function<void()>& action) const {
  const int home = OpenOwn();
  EXPECT_EQ(setns(fd_, CLONE_NEWNET), 0);
  action();
  EXPECT_EQ(setns(home, CLONE_NEWNET), 0);
  close(home);
}

std::string Namespace::path() const { return absl::StrCat("/proc/", getpid(), "/fd/", fd_); }

std::string Network::Obstacle(const std::string& directory) {
  if (geteuid() != 0) return "needs root for network namespaces";
  for (const auto& [program, package] :
       {std::pair("ip", "iproute2"), std::pair("nft", "nftables")}) {
    if (Find(program).empty()) {
      return absl::StrCat("needs the program ", program, " (package ", package, ")");
    }
  }
  if (!MayUnshare()) return "needs the permission to make network namespaces";
  const Namespace trial;
  std::string obstacle;
  trial.Run([&] {
    const Finished veth =
        RunToEnd(directory, {Find("ip"), "link", "add", "one", "type", "veth", "peer", "other"});
    // All that the rules below use.
    const Finished rules =
        RunToEnd(directory, {Find("nft"),
                             "add table ip trial; add chain ip trial forward { type filter hook "
                             "forward priority 0; policy accept; }; add rule ip trial forward ip "
                             "saddr 10.77.0.2 ip daddr 10.77.1.2 counter drop; add rule ip trial "
                             "forward numgen random mod 100 < 10 counter drop"});
    if (veth.exit_code != 0) obstacle = "needs a kernel with veth: " + veth.err;
    if (rules.exit_code != 0) obstacle = "needs a kernel with nf_tables: " + rules.err;
    if (!Forward()) obstacle = "needs a /proc/sys that can be written";
  });
  return obstacle;
}

Network::Network(int members, std::string directory) : directory_(std::move(directory)) {
  std::string links = "link set lo up\n";
  for (int i = 0; i < members; ++i) {
    members_.push_back(std::make_unique<Namespace>());
    absl::StrAppend(&links, "link add to", i, " type veth peer name eth0 netns ", member(i).path(),
                    "\naddress add ", RouterEnd(i), "/24 dev to", i, "\nlink set to", i, " up\n");
  }
  RunIn(router_, "ip", links);
  router_.Run([] { EXPECT_TRUE(Forward()) << "the router does not forward"; });
  for (int i = 0; i < members; ++i) {
    RunIn(member(i), "ip",
          absl::StrCat("link set lo up\naddress add ", Host(i), "/24 dev eth0\nlink set eth0 up\n",
                       "route add default via ", RouterEnd(i), "\n"));
  }
}

std::string Network::Host(int member) { return absl::StrCat("10.77.", member, ".2"); }

void Network::Set(const std::vector<Way>& cut, int loss_percent) {
  // One transaction: at no moment do other rules hold.
  std::string rules =
      "flush ruleset\ntable ip faults {\n chain forward {\n"
      "  type filter hook forward priority 0; policy accept;\n";
  for (const auto& [from, to] : cut) {
    absl::StrAppend(&rules, "  ip saddr ", Host(from), " ip daddr ", Host(to), " counter drop\n");
  }
  if (loss_percent > 0) {
    absl::StrAppend(&rules, "  numgen random mod 100 < ", loss_percent, " counter drop\n");
  }
  absl::StrAppend(&rules, " }\n}\n");
  RunIn(router_, "nft", rules);
}

std::vector<Network::Way> Network::AllBut(const std::vector<std::pair<int, int>>& links) const {
  std::vector<Way> cut;
  const auto joined = [&links](int a, int b) {
    return std::count(links.begin(), links.end(), std::pair(a, b)) +
               std::count(links.begin(), links.end(), std::pair(b, a)) >
           0;
  };
  const int members = static_cast<int>(members_.size());
  for (int from = 0; from < members; ++from) {
    for (int to = 0; to < members; ++to) {
      if (from != to && !joined(from, to)) cut.push_back({from, to});
    }
  }
  return cut;
}

uint64_t Network::Lost() const {
  const std::string rules = RunIn(router_, "nft", "list ruleset\n");
  uint64_t lost = 0;
  for (size_t at = rules.find(" packets "); at != std::string::npos;
       at = rules.find(" packets ", at + 1)) {
    lost += std::strtoull(rules.c_str() + at + std::strlen(" packets "), nullptr, 10);
  }
  return lost;
}

std::string Network::RunIn(const Namespace& where, const std::string& program,
                           const std::string& script) const {
  const std::string path = absl::StrCat(directory_, "/", program, ".script");
  std::ofstream(path) << script;
  const std::string option = program == "ip" ? "-batch" : "-f";
  Finished run;
  where.Run([&] { run = RunToEnd(directory_, {Find(program), option, path}); });
  EXPECT_EQ(run.exit_code, 0) << script << run.out << run.err;
  return run.out;
}

}  // namespace althing
