#include "tests/process/ports.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gtest/gtest.h"

namespace althing {
namespace {

int Socket() { return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }

void ShareAddress(int socket) {
  const int yes = 1;
  EXPECT_EQ(setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
}

int Bind(int socket, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&address), size), 0) << "port " << port;
  EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

}  // namespace

ReservedPorts::ReservedPorts(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    sockets_.push_back(Socket());
    ports_.push_back(Bind(sockets_.back(), 0));
    // Only now: two sockets that share from the start could be given the same port.
    ShareAddress(sockets_.back());
  }
}

ReservedPorts::~ReservedPorts() {
  for (const int socket : sockets_) close(socket);
}

Occupant::Occupant(int port) : socket_(Socket()) {
  ShareAddress(socket_);
  Bind(socket_, port);
  EXPECT_EQ(listen(socket_, 1), 0);
}

Occupant::~Occupant() { close(socket_); }

}  // namespace althing
