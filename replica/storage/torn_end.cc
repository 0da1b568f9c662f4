#include "replica/storage/torn_end.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "replica/storage/directory.h"

namespace althing {
namespace {

namespace fs = std::filesystem;

// The format of a write-ahead log: blocks, and in them pieces of writes, each with a header of
// checksum (4 bytes), length (2) and kind (1), little-endian. Source: RocksDB,
// "Write Ahead Log File Format".
constexpr size_t kBlockBytes = 32'768;
constexpr size_t kHeaderBytes = 7;
constexpr uint8_t kWhole = 1, kFirst = 2, kLast = 4;
// What a disk writes wholly or not at all.
constexpr size_t kSectorBytes = 512;

// CRC-32C, reflected.
constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCrcTable = MakeTable();

// As the library stores it: turned and shifted, since it is itself among bytes with checksums.
uint32_t MaskedCrc(std::string_view bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const char c : bytes) crc = kCrcTable[(crc ^ static_cast<uint8_t>(c)) & 0xff] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

uint32_t Little(std::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

size_t BlockEnd(size_t at) { return (at / kBlockBytes + 1) * kBlockBytes; }

// Where the next piece is: not in what is left of a block that has no room for a header.
size_t NextPiece(size_t at) { return BlockEnd(at) - at < kHeaderBytes ? BlockEnd(at) : at; }

struct Piece {
  size_t bytes = 0;  // With its header.
  uint8_t kind = 0;
  bool begins() const { return kind == kWhole || kind == kFirst; }
  bool ends() const { return kind == kWhole || kind == kLast; }
};

// How far the piece would go by its header.
size_t PieceEnd(std::string_view log, size_t at) {
  const size_t end = std::min(BlockEnd(at), log.size());
  if (end - at < kHeaderBytes) return end;
  const std::string_view header = log.substr(at, kHeaderBytes);
  const bool lost = header.find_first_not_of('\0') == header.npos;
  return lost ? end : std::min(end, at + kHeaderBytes + Little(log, at + 4, 2));
}

// Nothing if there is no whole piece.
std::optional<Piece> PieceAt(std::string_view log, size_t at) {
  if (at + kHeaderBytes > log.size()) return std::nullopt;
  const auto kind = static_cast<uint8_t>(log[at + 6]);
  if (kind < kWhole || kind > kLast) return std::nullopt;
  const size_t end = at + kHeaderBytes + Little(log, at + 4, 2);
  if (end > std::min(BlockEnd(at), log.size())) return std::nullopt;
  if (Little(log, at, 4) != MaskedCrc(log.substr(at + 6, end - at - 6))) return std::nullopt;
  return Piece{end - at, kind};
}

// Whether a sector in [begin, end) holds nothing of what was written from `write` on.
bool LacksASector(std::string_view log, size_t write, size_t begin, size_t end) {
  for (size_t sector = begin / kSectorBytes * kSectorBytes; sector < end; sector += kSectorBytes) {
    const size_t from = std::max(sector, write);
    const std::string_view written = log.substr(from, sector + kSectorBytes - from);
    if (written.find_first_not_of('\0') == written.npos) return true;
  }
  return false;
}

bool AnotherWriteBegins(std::string_view log, size_t at) {
  while ((at = NextPiece(at)) < log.size()) {
    const std::optional<Piece> piece = PieceAt(log, at);
    if (piece.has_value() && piece->begins()) return true;
    at += piece.has_value() ? piece->bytes : 1;
  }
  return false;
}

// Its path; empty if there is none.
absl::StatusOr<fs::path> NewestLog(const std::string& directory) {
  fs::path newest;
  uint64_t newest_number = 0;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().stem().string();
    uint64_t number = 0;
    const auto [rest, wrong] = std::from_chars(name.data(), name.data() + name.size(), number);
    std::error_code unknown;
    const bool is_log = at->is_regular_file(unknown) && at->path().extension() == ".log" &&
                        wrong == std::errc() && rest == &*name.end();
    if (!is_log || number < newest_number) continue;
    newest = at->path();
    newest_number = number;
  }
  if (!error) return newest;
  return absl::InternalError(absl::StrCat("cannot look into ", directory, ": ", error.message()));
}

absl::Status Failed(const char* what, const fs::path& path) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, " ", path.string(), ": ", std::strerror(errno)));
}

// Makes the file as long as `bytes` and holding these from `from` on.
absl::Status WriteFrom(const fs::path& path, size_t from, std::string_view bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return Failed("open", path);
  bool done = ftruncate(file, static_cast<off_t>(from)) == 0;
  for (size_t at = 0; done && at < bytes.size();) {
    const ssize_t written =
        pwrite(file, bytes.data() + at, bytes.size() - at, static_cast<off_t>(from + at));
    done = written > 0;
    at += done ? static_cast<size_t>(written) : 0;
  }
  done = done && fsync(file) == 0;
  const absl::Status status = done ? absl::OkStatus() : Failed("write", path);
  close(file);
  return status;
}

}  // namespace

std::optional<size_t> FindTornEnd(std::string_view log) {
  size_t write = 0;  // Where the write begins of which `at` is a piece.
  bool inside = false;
  size_t at = 0;
  while ((at = NextPiece(at)) < log.size()) {
    const std::optional<Piece> piece = PieceAt(log, at);
    if (!inside || (piece.has_value() && piece->begins())) write = at;
    if (!piece.has_value()) break;
    inside = !piece->ends();
    at += piece->bytes;
  }
  if (at >= log.size() || !LacksASector(log, write, at, PieceEnd(log, at)) ||
      AnotherWriteBegins(log, at + 1)) {
    return std::nullopt;
  }
  return write;
}

absl::StatusOr<uint64_t> CutTornEnd(const std::string& directory) {
  const absl::StatusOr<fs::path> path = NewestLog(directory);
  if (!path.ok()) return path.status();
  if (path->empty()) return 0;
  std::error_code error;
  const uintmax_t bytes = fs::file_size(*path, error);
  if (error) {
    return absl::InternalError(absl::StrCat("cannot read ", path->string(), ": ", error.message()));
  }
  std::string log(bytes, '\0');
  std::ifstream file(*path, std::ios::binary);
  if (!file.read(log.data(), static_cast<std::streamsize>(log.size()))) {
    return Failed("read", *path);
  }
  const std::optional<size_t> write = FindTornEnd(log);
  if (!write.has_value()) return 0;
  absl::Status status = WriteFrom(directory + "/torn", 0, std::string_view(log).substr(*write));
  if (status.ok()) status = SyncDirectory(directory);
  if (status.ok()) status = WriteFrom(*path, *write, "");
  if (!status.ok()) return status;
  return log.size() - *write;
}

}  // namespace althing
