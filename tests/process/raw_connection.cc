#include "tests/process/raw_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/process/ports.h"
#include "tests/process/process.h"

namespace althing {

RawConnection::RawConnection(int port) : socket_(ConnectTo(port)) {
  EXPECT_GE(socket_, 0) << "nobody listens on port " << port;
}

RawConnection::~RawConnection() {
  if (socket_ >= 0) close(socket_);
}

RawConnection::RawConnection(RawConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      received_(std::move(other.received_)),
      closed_(other.closed_) {}

bool RawConnection::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawConnection::EndSending() const { shutdown(socket_, SHUT_WR); }

void RawConnection::Receive() {
  std::array<char, 65536> buffer;
  while (!closed_) {
    const ssize_t got = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) {
      received_.append(buffer.data(), static_cast<size_t>(got));
    } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    } else {
      closed_ = true;
    }
  }
}

namespace http2 {
namespace {

void AppendNumber(uint32_t number, int bytes, std::string* out) {
  for (int i = bytes - 1; i >= 0; --i) out->push_back(static_cast<char>(number >> (8 * i)));
}

// A header as literals, without any table (RFC 7541, 6.2.2).
std::string Header(std::string_view name, std::string_view value) {
  std::string bytes(1, '\0');
  for (const std::string_view text : {name, value}) {
    AppendNumber(static_cast<uint32_t>(text.size()), 1, &bytes);
    bytes.append(text);
  }
  return bytes;
}

}  // namespace

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string bytes;
  AppendNumber(static_cast<uint32_t>(payload.size()), 3, &bytes);
  AppendNumber(type, 1, &bytes);
  AppendNumber(flags, 1, &bytes);
  AppendNumber(stream, 4, &bytes);
  return bytes.append(payload);
}

std::string Preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, ""); }

std::string Headers(uint32_t stream, const std::string& method, uint8_t flags) {
  return Frame(kHeaders, flags, stream,
               Header(":method", "POST") + Header(":scheme", "http") + Header(":path", method) +
                   Header(":authority", "here") + Header("te", "trailers") +
                   Header("content-type", "application/grpc"));
}

std::string Message(uint32_t size, std::string_view bytes) {
  std::string message(1, '\0');  // Not compressed.
  AppendNumber(size, 4, &message);
  return message.append(bytes);
}

}  // namespace http2

size_t PeakMemory(pid_t process) {
#if defined(__SANITIZE_ADDRESS__)
  (void)process;
  return 0;
#else
  const std::string status = ReadFile(absl::StrCat("/proc/", process, "/status"));
  const size_t at = status.find("VmHWM:");
  EXPECT_NE(at, std::string::npos);
  return static_cast<size_t>(std::atoll(status.c_str() + at + 6)) << 10;
#endif
}

size_t OpenFiles(pid_t process) {
  const std::filesystem::directory_iterator files(absl::StrCat("/proc/", process, "/fd"));
  return static_cast<size_t>(std::distance(begin(files), end(files)));
}

}  // namespace althing
