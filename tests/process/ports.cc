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

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int Bind(int socket, int port) {
  const sockaddr_in address = Loopback(port);
  EXPECT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0)
      << "port " << port;
  return PortOf(socket);
}

}  // namespace

int PortOf(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin_port);
}

int ListenOn(int port) {
  const int listener = Socket();
  if (port != 0) ShareAddress(listener);
  Bind(listener, port);
  EXPECT_EQ(listen(listener, SOMAXCONN), 0);
  return listener;
}

int ConnectTo(int port, const char* address) {
  const int connection = Socket();
  sockaddr_in target = Loopback(port);
  EXPECT_EQ(inet_pton(AF_INET, address, &target.sin_addr), 1) << address;
  if (connect(connection, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0) {
    return connection;
  }
  close(connection);
  return -1;
}

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

Occupant::Occupant(int port) : socket_(ListenOn(port)) {}

Occupant::~Occupant() { close(socket_); }

}  // namespace althing
