#include "pb/config_schema.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace althing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr uint64_t kGiB = uint64_t{1} << 30;
constexpr uint64_t kHourMs = 3'600'000;
constexpr uint64_t kUint64Max = std::numeric_limits<uint64_t>::max();
constexpr absl::string_view kQueueDisciplines = "fifo, lifo, round_robin";
constexpr absl::string_view kDurabilities = "none, os, fsync";
constexpr absl::string_view kFlushOrders = "overlapped, in_sequence";
constexpr absl::string_view kLogLevels = "debug, info, warn, error";

// Upper bounds keep products and sums of settings inside 64 bits and messages inside what protobuf
// can carry (2 GiB).
constexpr FieldRule kRules[] = {
    {"cluster_id", "althing"},
    {"replicas.id", "", 0, 999},
    {"replicas.host", ""},
    {"replicas.client_port", "", 1, 65'535, "port"},
    {"replicas.peer_port", "", 1, 65'535, "port"},
    {"f", "", 0, (kReplicasMax - 1) / 2},
    {"e", "", 0, (kReplicasMax - 1) / 2},
    {"partitions", "1", 1, 10'000},
    {"hash_seed", "0", 0, kUint64Max},
    {"thrifty", "true"},
    {"durability", "fsync", 0, 0, {}, kDurabilities},
    {"schedulers.incoming", "fifo", 0, 0, {}, kQueueDisciplines},
    {"schedulers.outgoing", "fifo", 0, 0, {}, kQueueDisciplines},
    {"batch.commands_max", "1000", 1, 1'000'000},
    {"batch.bytes_max", "262144", 1, kGiB},
    {"batch.window_instances_max", "64", 1, 1'000'000},
    {"queues.client_messages_max", "20000", 1, 100'000'000},
    {"queues.client_bytes_max", "268435456", 1, std::numeric_limits<uint32_t>::max()},
    {"queues.peer_messages_max", "100000", 1, 100'000'000},
    {"queues.peer_bytes_max", "67108864", 1, std::numeric_limits<uint32_t>::max()},
    {"queues.frame_bytes_max", "1048576", 1, kGiB},
    {"limits.key_bytes_max", "4096", 1, 1 << 20},
    {"limits.value_bytes_max", "1048576", 1, kGiB},
    {"limits.request_bytes_max", "4194304", 1, kGiB},
    {"limits.request_commands_max", "1000", 1, 1'000'000},
    {"limits.sessions_max", "100000", 1, 100'000'000},
    {"limits.session_answers_max", "10000", 1, 100'000'000},
    {"limits.port_bytes_max", "1073741824", 16 << 20, std::numeric_limits<uint32_t>::max()},
    {"timing.tick_ms", "10", 1, 1'000},
    {"timing.fast_path_ms", "20", 1, kHourMs},
    {"timing.resend_ms", "100", 1, kHourMs},
    {"timing.resend_ms_max", "2000", 1, kHourMs},
    {"timing.catch_up_ms", "50", 1, kHourMs},
    {"timing.request_ms", "10000", 1, kHourMs},
    {"timing.drain_ms", "2000", 0, kHourMs},
    {"timing.session_ms", "60000", 100, kHourMs * 24},
    {"timing.recover_ms", "300", 1, kHourMs},
    {"timing.heartbeat_ms", "100", 1, kHourMs},
    {"timing.suspect_ms", "1000", 1, kHourMs},
    {"timing.collect_ms", "200", 1, kHourMs},
    {"timing.slow_ms", "1000", 0, kHourMs},
    {"turn.messages_max", "1000", 1, 1'000'000},
    {"turn.microseconds_max", "2000", 1, 1'000'000},
    {"directories.metrics", "run"},
    {"directories.data", "run/data"},
    {"storage.free_mib_min", "256", 0, kGiB},
    {"storage.alarm_mib", "4096", 0, kGiB},
    {"storage.checkpoint_kib", "4096", 1, kGiB},
    {"storage.checkpoint_entries", "1000", 1, 1'000'000},
    {"memory.alarm_mib", "4096", 0, kGiB},
    {"log.level", "info", 0, 0, {}, kLogLevels},
    {"debug.commit_delay_ms", "0", 0, kHourMs},
    {"debug.drop_percent", "0", 0, 90},
    {"debug.drop_seed", "1", 0, kUint64Max},
    {"debug.flush_order", "overlapped", 0, 0, {}, kFlushOrders},
    {"debug.trace_level", "0", 0, 9},
    {"debug.sync_delay_ms", "0", 0, kHourMs},
};

void Collect(const Descriptor& message, const std::string& prefix,
             std::vector<const FieldDescriptor*> sections, std::vector<ConfigField>& out) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    if (field->is_repeated()) continue;
    const std::string path = absl::StrCat(prefix, field->name());
    if (field->message_type() == nullptr) {
      out.push_back({path, sections, field});
      continue;
    }
    std::vector<const FieldDescriptor*> inner = sections;
    inner.push_back(field);
    Collect(*field->message_type(), path + ".", std::move(inner), out);
  }
}

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

// Whether `whole` is `end` with whole words before it: "timing.tick_ms" and "tick_ms".
bool EndsWithWords(absl::string_view whole, absl::string_view end) {
  if (end.empty() || whole.size() <= end.size() || !absl::EndsWith(whole, end)) return false;
  const char before = whole[whole.size() - end.size() - 1];
  return before == '.' || before == '_';
}

}  // namespace

const Message& ConfigField::SectionOf(const v1::Config& config) const {
  const Message* message = &config;
  for (const FieldDescriptor* section : sections) {
    message = &message->GetReflection()->GetMessage(*message, section);
  }
  return *message;
}

Message* ConfigField::MutableSectionOf(v1::Config& config) const {
  Message* message = &config;
  for (const FieldDescriptor* section : sections) {
    message = message->GetReflection()->MutableMessage(message, section);
  }
  return message;
}

std::vector<ConfigField> ConfigFields() {
  std::vector<ConfigField> fields;
  Collect(*v1::Config::descriptor(), "", {}, fields);
  return fields;
}

const FieldRule& RuleOf(absl::string_view path) {
  const auto* rule = std::find_if(std::begin(kRules), std::end(kRules),
                                  [&](const FieldRule& r) { return r.path == path; });
  // A field of config.proto without a rule; ConfigSchemaTest finds it before anybody else does.
  if (rule == std::end(kRules)) std::abort();
  return *rule;
}

std::optional<std::string> NearestName(absl::string_view name,
                                       const std::vector<std::string>& candidates) {
  std::string wanted = absl::AsciiStrToLower(name);
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  const std::string* best = nullptr;
  // Never so far that all of the name would be replaced.
  size_t best_distance = std::min(std::max<size_t>(2, wanted.size() / 3) + 1, wanted.size());
  for (const std::string& candidate : candidates) {
    const std::string known = absl::AsciiStrToLower(candidate);
    const size_t distance = EndsWithWords(known, wanted) ? 1 : EditDistance(wanted, known);
    if (distance < best_distance) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace althing
