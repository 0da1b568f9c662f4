#include "client/workload/generator.h"

#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace althing {
namespace {

constexpr absl::string_view kSharedKeyText = "althing-conflict";
constexpr absl::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

}  // namespace

Generator::Generator(const WorkloadOptions& options)
    : options_(options),
      random_(options.seed),
      run_(static_cast<uint32_t>(random_.Next())),
      pattern_(options.value_bytes, '0') {
  for (char& c : pattern_) c = kAlphabet[random_.Below(kAlphabet.size())];
}

WorkItem Generator::Next() {
  const bool read = random_.Percent(options_.read_percent);
  if (!read) return NextWrite();
  const bool shared = random_.Percent(options_.conflict_percent);
  return {true, shared ? kSharedKey : ReadableKey()};
}

WorkItem Generator::NextWrite() {
  const bool shared = random_.Percent(options_.conflict_percent);
  return {false, shared ? kSharedKey : written_++};
}

uint64_t Generator::ReadableKey() {
  if (written_ == 0) return 0;
  return random_.Below(written_ > options_.read_lag ? written_ - options_.read_lag : written_);
}

void Generator::WriteKey(uint64_t key, std::string* out) const {
  out->assign(options_.key_prefix);
  if (key == kSharedKey) {
    out->append(kSharedKeyText.data(), kSharedKeyText.size());
    return;
  }
  absl::StrAppendFormat(out, "%08x%08x", run_, key);
}

void Generator::WriteValue(std::string* out) {
  out->assign(pattern_);
  uint64_t rest = values_++;
  for (size_t i = 0; i < out->size() && rest > 0; ++i, rest /= kAlphabet.size()) {
    const size_t old = kAlphabet.find((*out)[i]);
    (*out)[i] = kAlphabet[(old + rest) % kAlphabet.size()];
  }
}

}  // namespace althing
