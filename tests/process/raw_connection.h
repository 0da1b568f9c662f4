// A bare connection to a port, for what no well-behaved program sends; and what a process takes.
#ifndef ALTHING_TESTS_PROCESS_RAW_CONNECTION_H_
#define ALTHING_TESTS_PROCESS_RAW_CONNECTION_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace althing {

class RawConnection {
 public:
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&&) = delete;

  // False if the other end does not take it any more.
  bool Send(std::string_view bytes) const;
  // No more will be sent: half of the connection is closed.
  void EndSending() const;
  // Takes what has come, without waiting.
  void Receive();
  const std::string& received() const { return received_; }
  bool closed() const { return closed_; }  // By the other end, as far as Receive has seen.

 private:
  int socket_;
  std::string received_;
  bool closed_ = false;
};

// HTTP/2 (RFC 9113), as far as is needed to speak it wrongly.
namespace http2 {
inline constexpr uint8_t kData = 0, kHeaders = 1, kReset = 3, kSettings = 4;
inline constexpr uint8_t kEndStream = 1, kEndHeaders = 4;

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);
// The first bytes of a connection.
std::string Preface();
// The head of a call, as in "/althing.v1.KV/Propose".
std::string Headers(uint32_t stream, const std::string& method, uint8_t flags = kEndHeaders);
// A message of gRPC that claims to have so many bytes.
std::string Message(uint32_t size, std::string_view bytes);
}  // namespace http2

// The most memory that the process ever had, in bytes; 0 if it is built with AddressSanitizer,
// whose own would be counted: bounds hold then whatever it takes.
size_t PeakMemory(pid_t process);
size_t OpenFiles(pid_t process);

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_RAW_CONNECTION_H_
