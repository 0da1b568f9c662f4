#include "tests/process/proxy.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "gtest/gtest.h"
#include "tests/process/ports.h"

namespace althing {
namespace {

// With a reset in place of the usual end, as of a machine that has gone.
void Reset(int socket) {
  const linger now = {1, 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(socket);
}

}  // namespace

Proxy::Proxy(ProxyRoute route)
    : route_(std::move(route)),
      listener_(ListenOn(route_.own_port)),
      wake_(eventfd(0, EFD_CLOEXEC)) {
  port_ = PortOf(listener_);
  thread_ = std::thread([this] { Run(); });
}

Proxy::~Proxy() {
  stopping_ = true;
  Cut();
  thread_.join();
  for (const Link& link : links_) Close(link);
  close(listener_);
  close(wake_);
}

void Proxy::Close(const Link& link) {
  Reset(link.client);
  Reset(link.target);
}

void Proxy::Cut() {
  const uint64_t one = 1;
  EXPECT_EQ(write(wake_, &one, sizeof one), ssize_t{sizeof one});
}

void Proxy::Run() {
  while (!stopping_) {
    std::vector<pollfd> waiting = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    for (const Link& link : links_) {
      waiting.push_back({link.client, POLLIN, 0});
      waiting.push_back({link.target, POLLIN, 0});
    }
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    std::vector<Link> open;
    for (size_t i = 0; i < links_.size(); ++i) {
      const Link& link = links_[i];
      const bool from_client = waiting[2 + 2 * i].revents == 0 || Forward(link.client, link.target);
      const bool from_target = waiting[3 + 2 * i].revents == 0 || ForwardAnswer(link);
      if (from_client && from_target) {
        open.push_back(link);
      } else {
        Close(link);
      }
    }
    links_ = std::move(open);
    if (waiting[0].revents != 0) Accept();
    if (waiting[1].revents != 0) CutLinks();
  }
}

void Proxy::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  int target = -1;
  const auto connect = [&] {
    target = ConnectTo(route_.target_port, route_.target_address.c_str());
  };
  if (route_.there) {
    route_.there(connect);
  } else {
    connect();
  }
  if (target < 0) return Reset(client);
  links_.push_back({client, target});
}

bool Proxy::ForwardAnswer(const Link& link) const {
  if (!muted_) return Forward(link.target, link.client);
  std::array<char, 65536> lost;
  return recv(link.target, lost.data(), lost.size(), 0) > 0;
}

bool Proxy::Forward(int from, int to) {
  std::array<char, 65536> bytes;
  const ssize_t got = recv(from, bytes.data(), bytes.size(), 0);
  if (got <= 0) return false;
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t part =
        send(to, bytes.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
    if (part <= 0) return false;
    sent += part;
  }
  return true;
}

void Proxy::CutLinks() {
  uint64_t wakes = 0;
  EXPECT_EQ(read(wake_, &wakes, sizeof wakes), ssize_t{sizeof wakes});
  cut_ += links_.size();
  for (const Link& link : links_) Close(link);
  links_.clear();
}

}  // namespace althing
