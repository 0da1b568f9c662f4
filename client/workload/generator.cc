#include "client/workload/generator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "pb/key_partition.h"

namespace althing {
namespace {

constexpr absl::string_view kSharedKeyText = "althing-conflict";
constexpr absl::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
constexpr absl::string_view kCountedKeyText = "user";
constexpr uint64_t kKeyBytesMin = 16, kKeyBytesMax = 1 << 20;
constexpr uint64_t kValueBytesMax = 1 << 30;
constexpr int kRunDigits = 8;
// To find a key of a partition so many are drawn for each partition there is; then so many are
// looked at in turn.
constexpr uint64_t kDrawsPerPartition = 64, kKeysPerPartition = 1000;

bool IsPercentage(double value) { return value >= 0 && value <= 100; }

absl::Status CheckShares(const WorkloadOptions& options) {
  if (!IsPercentage(options.conflict_percent)) {
    return absl::InvalidArgumentError("--conflict is a percentage. Choose 0 to 100");
  }
  if (!IsPercentage(options.read_percent)) {
    return absl::InvalidArgumentError("--reads is a percentage. Choose 0 to 100");
  }
  if (!IsPercentage(options.modify_percent) || !IsPercentage(options.insert_percent) ||
      options.read_percent + options.modify_percent + options.insert_percent > 100) {
    return absl::InvalidArgumentError(
        "--reads, --read-modify-writes and --inserts are percentages of all operations. Choose "
        "them to add up to at most 100");
  }
  if (options.insert_percent > 0 && options.keys.distribution == "new") {
    return absl::InvalidArgumentError("--inserts is for keys that have a count. Choose --keys");
  }
  return absl::OkStatus();
}

absl::Status CheckWeights(const WorkloadOptions& options) {
  const std::vector<double>& weights = options.partition_weights;
  if (weights.empty()) return absl::OkStatus();
  if (options.keys.distribution == "new") {
    return absl::InvalidArgumentError(
        "--partition-weights is for keys that have a count. Choose --keys");
  }
  double sum = 0;
  for (double weight : weights) {
    if (!(weight >= 0)) return absl::InvalidArgumentError("a weight of a partition is below 0");
    sum += weight;
  }
  if (!(sum > 0)) {
    return absl::InvalidArgumentError("--partition-weights are all 0. Give some partition more");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckWorkload(const WorkloadOptions& options) {
  if (options.conflict_keys < 1 || options.conflict_keys > kSharedKeysMax) {
    return absl::InvalidArgumentError("--conflict-keys is out of range. Choose 1 to 1000000");
  }
  if (options.value_bytes > kValueBytesMax) {
    return absl::InvalidArgumentError("--value-bytes is too large. Choose 0 to 1073741824");
  }
  if (options.key_bytes < kKeyBytesMin || options.key_bytes > kKeyBytesMax) {
    return absl::InvalidArgumentError("--key-bytes is out of range. Choose 16 to 1048576");
  }
  for (const absl::Status& checked :
       {CheckShares(options), CheckKeys(options.keys), CheckWeights(options)}) {
    if (!checked.ok()) return checked;
  }
  return absl::OkStatus();
}

Generator::Generator(const WorkloadOptions& options)
    : options_(options),
      random_(options.seed),
      run_(static_cast<uint32_t>(random_.Next())),
      pattern_(options.value_bytes, '0') {
  for (char& c : pattern_) c = kAlphabet[random_.Below(kAlphabet.size())];
  if (options.keys.distribution != "new") {
    choice_ = MakeKeyChoice(options.keys);
    written_ = options.keys.count;
  }
  for (double weight : options.partition_weights) weights_sum_ += weight;
}

WorkItem Generator::Next() {
  double kind = random_.Unit() * 100;
  if (kind < options_.read_percent) {
    const bool shared = random_.Percent(options_.conflict_percent);
    return {OpKind::kRead, shared ? SharedKey() : ReadableKey()};
  }
  kind -= options_.read_percent;
  if (kind < options_.modify_percent) {
    const bool shared = random_.Percent(options_.conflict_percent);
    return {OpKind::kModify, shared ? SharedKey() : ReadableKey()};
  }
  if (random_.Percent(options_.conflict_percent)) return {OpKind::kWrite, SharedKey()};
  if (new_keys()) return {OpKind::kWrite, written_++};
  if (kind - options_.modify_percent >= options_.insert_percent) {
    return {OpKind::kWrite, ChooseKey()};
  }
  const uint64_t key = written_++;
  choice_->Grow(written_);
  return {OpKind::kWrite, key};
}

WorkItem Generator::NextWrite() {
  if (!new_keys()) return {OpKind::kWrite, filled_++ % options_.keys.count};
  if (random_.Percent(options_.conflict_percent)) return {OpKind::kWrite, SharedKey()};
  return {OpKind::kWrite, written_++};
}

uint64_t Generator::SharedKey() {
  return options_.conflict_keys == 1 ? kSharedKey
                                     : kSharedKey - random_.Below(options_.conflict_keys);
}

uint64_t Generator::ReadableKey() {
  if (!new_keys()) return ChooseKey();
  if (written_ == 0) return 0;
  return random_.Below(written_ > options_.read_lag ? written_ - options_.read_lag : written_);
}

uint64_t Generator::ChooseKey() {
  return options_.partition_weights.empty() ? choice_->Next(random_) : ChooseInPartition();
}

uint64_t Generator::ChooseInPartition() {
  double left = random_.Unit() * weights_sum_;
  uint32_t partition = 0;
  for (uint32_t i = 0; i < options_.partition_weights.size(); ++i) {
    if (options_.partition_weights[i] <= 0) continue;
    partition = i;
    left -= options_.partition_weights[i];
    if (left < 0) break;
  }
  uint64_t key = 0;
  for (uint64_t i = 0; i < kDrawsPerPartition * options_.partition_weights.size(); ++i) {
    key = choice_->Next(random_);
    if (PartitionOf(key) == partition) return key;
  }
  for (uint64_t i = 0; i < kKeysPerPartition * options_.partition_weights.size(); ++i) {
    key = (key + 1) % written_;
    if (PartitionOf(key) == partition) return key;
  }
  return key;  // There are too few keys: it has none.
}

uint32_t Generator::PartitionOf(uint64_t key) {
  WriteKey(key, &key_text_);
  return PartitionOfHash(HashOfKey(key_text_, options_.hash_seed),
                         static_cast<uint32_t>(options_.partition_weights.size()));
}

void Generator::WriteKey(uint64_t key, std::string* out) const {
  out->assign(options_.key_prefix);
  if (key > kSharedKey - kSharedKeysMax) {
    out->append(kSharedKeyText.data(), kSharedKeyText.size());
    if (key != kSharedKey) absl::StrAppend(out, "-", kSharedKey - key);
    return;
  }
  const auto bytes = static_cast<int>(options_.key_bytes);
  if (new_keys()) {
    absl::StrAppendFormat(out, "%08x%0*x", run_, bytes - kRunDigits, key);
  } else {
    absl::StrAppendFormat(out, "%s%0*d", kCountedKeyText,
                          bytes - static_cast<int>(kCountedKeyText.size()), key);
  }
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
