#include "client/report/encoding.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace althing {
namespace {

// The length of the well-formed character at the front, or 0. REQUIRES: bytes are not empty.
size_t CharacterLength(absl::string_view bytes) {
  const auto at = [bytes](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = at(0);
  if (lead < 0x80) return 1;
  const size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
  const bool surrogate = lead == 0xED && at(1) >= 0xA0;
  const bool too_large = lead == 0xF4 && at(1) >= 0x90;
  return overlong || surrogate || too_large ? 0 : length;
}

bool IsHex(absl::string_view text) {
  return text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

}  // namespace

absl::StatusOr<std::string> Decode(Encoding encoding, absl::string_view what,
                                   absl::string_view text) {
  std::string bytes;
  switch (encoding) {
    case Encoding::kHex:
      if (IsHex(text)) return absl::HexStringToBytes(text);
      return absl::InvalidArgumentError(
          absl::StrCat(what, " is not hex. Write two digits 0-9 a-f a byte"));
    case Encoding::kBase64:
      if (absl::Base64Unescape(text, &bytes)) return bytes;
      return absl::InvalidArgumentError(
          absl::StrCat(what, " is not base64. Write A-Z a-z 0-9 + / and padding ="));
    case Encoding::kUtf8:
      break;
  }
  return std::string(text);
}

std::string Encode(Encoding encoding, absl::string_view bytes) {
  switch (encoding) {
    case Encoding::kHex:
      return absl::BytesToHexString(bytes);
    case Encoding::kBase64:
      return absl::Base64Escape(bytes);
    case Encoding::kUtf8:
      break;
  }
  return std::string(bytes);
}

bool IsUtf8(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t length = CharacterLength(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

void SetBytes(nlohmann::ordered_json& object, const std::string& name, absl::string_view bytes) {
  if (IsUtf8(bytes)) {
    object[name] = std::string(bytes);
  } else {
    object[name + "_base64"] = absl::Base64Escape(bytes);
  }
}

}  // namespace althing
