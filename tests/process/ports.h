// Ports of 127.0.0.1 for the programs that a test starts.
#ifndef ALTHING_TESTS_PROCESS_PORTS_H_
#define ALTHING_TESTS_PROCESS_PORTS_H_

#include <cstddef>
#include <vector>

namespace althing {

// Chosen by the kernel, and kept: it gives them to nobody else while this object lives, also while
// no one listens. A program that binds with SO_REUSEADDR, as gRPC does, can listen on them.
class ReservedPorts {
 public:
  explicit ReservedPorts(size_t count);
  ~ReservedPorts();
  ReservedPorts(const ReservedPorts&) = delete;
  ReservedPorts& operator=(const ReservedPorts&) = delete;

  int operator[](size_t i) const { return ports_[i]; }

 private:
  std::vector<int> sockets_, ports_;
};

// A socket that listens on the port, or on a free one if the port is 0.
int ListenOn(int port);
int PortOf(int socket);
// A connection to the port, or -1.
int ConnectTo(int port, const char* address = "127.0.0.1");

// Listens on a port, as a stranger that is in the way.
class Occupant {
 public:
  explicit Occupant(int port);
  ~Occupant();
  Occupant(const Occupant&) = delete;
  Occupant& operator=(const Occupant&) = delete;

 private:
  int socket_ = -1;
};

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_PORTS_H_
