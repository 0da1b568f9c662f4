#include "replica/storage/high_water_mark.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "replica/storage/log_format.h"

namespace althing {
namespace {

// Each slot in a block of its own, so that no write of the disk can tear both.
constexpr off_t kSlotDistance = 4096;
constexpr size_t kSlotBytes = 4 * kFixed64Bytes;

uint64_t ChecksumOf(std::string_view numbers) {
  constexpr uint64_t kNotALogsChain = 0x616c7468696e6721;
  return NextChain(kNotALogsChain, numbers);
}

std::string EncodeSlot(const HighWaterMark::Mark& mark) {
  std::string slot;
  for (const uint64_t number : {mark.changes, mark.place, mark.chain}) {
    slot += View(EncodeFixed64(number));
  }
  slot += View(EncodeFixed64(ChecksumOf(slot)));
  return slot;
}

// Nothing: what is there cannot be believed. INTERNAL: the disk does not say what is there.
absl::StatusOr<std::optional<HighWaterMark::Mark>> ReadSlot(int file, int slot) {
  std::string bytes(kSlotBytes, '\0');
  const ssize_t read = pread(file, bytes.data(), bytes.size(), slot * kSlotDistance);
  if (read < 0) return absl::InternalError(std::strerror(errno));
  if (read != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  const std::string_view view = bytes;
  const std::string_view numbers = view.substr(0, 3 * kFixed64Bytes);
  if (DecodeFixed64(view.substr(numbers.size())) != ChecksumOf(numbers)) return std::nullopt;
  return HighWaterMark::Mark{.changes = DecodeFixed64(numbers),
                             .place = DecodeFixed64(numbers.substr(kFixed64Bytes)),
                             .chain = DecodeFixed64(numbers.substr(2 * kFixed64Bytes))};
}

absl::Status WriteSlot(int file, int slot, const HighWaterMark::Mark& mark) {
  const std::string bytes = EncodeSlot(mark);
  const ssize_t written = pwrite(file, bytes.data(), bytes.size(), slot * kSlotDistance);
  if (written == static_cast<ssize_t>(bytes.size())) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("cannot write the mark: ", written < 0 ? std::strerror(errno) : "cut short"));
}

}  // namespace

absl::Status HighWaterMark::Create(const std::string& path, const Mark& mark) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) {
    return absl::InternalError(absl::StrCat("cannot make ", path, ": ", std::strerror(errno)));
  }
  absl::Status status = WriteSlot(file, 0, mark);
  if (status.ok()) status = WriteSlot(file, 1, mark);
  if (status.ok() && fsync(file) != 0) {
    status = absl::InternalError(absl::StrCat("cannot sync ", path, ": ", std::strerror(errno)));
  }
  close(file);
  return status;
}

absl::StatusOr<std::unique_ptr<HighWaterMark>> HighWaterMark::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return absl::DataLossError(absl::StrCat(path, " is missing"));
  if (file < 0) {
    return absl::InternalError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  std::optional<Mark> slots[2];
  for (const int i : {0, 1}) {
    auto slot = ReadSlot(file, i);
    if (!slot.ok()) {
      close(file);
      return absl::InternalError(absl::StrCat("cannot read ", path, ": ", slot.status().message()));
    }
    slots[i] = *slot;
  }
  if (!slots[0].has_value() && !slots[1].has_value()) {
    close(file);
    return absl::DataLossError(absl::StrCat(path, " is damaged: neither of its slots is whole"));
  }
  // Each write raises one of the two numbers and lowers none.
  const auto age = [](const Mark& mark) { return mark.changes + mark.place; };
  const bool second =
      slots[1].has_value() && (!slots[0].has_value() || age(*slots[1]) > age(*slots[0]));
  return std::unique_ptr<HighWaterMark>(
      new HighWaterMark(file, second ? *slots[1] : *slots[0], second ? 0 : 1));
}

HighWaterMark::~HighWaterMark() { close(file_); }

absl::Status HighWaterMark::Write(const Mark& mark) {
  const absl::Status status = WriteSlot(file_, next_slot_, mark);
  if (!status.ok()) return status;
  mark_ = mark;
  next_slot_ = 1 - next_slot_;
  return absl::OkStatus();
}

}  // namespace althing
