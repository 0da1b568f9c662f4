#include "client/commands/run_fields.h"

#include <CLI/CLI.hpp>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace althing {
namespace {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

absl::Status WrongType(const std::string& name, const char* wanted) {
  return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is ", wanted));
}

absl::Status Take(const std::string& name, const RunJson& value, bool& out) {
  if (!value.is_boolean()) return WrongType(name, "true or false");
  out = value.get<bool>();
  return absl::OkStatus();
}

absl::Status Take(const std::string& name, const RunJson& value, uint64_t& out) {
  if (!value.is_number_unsigned()) return WrongType(name, "a whole number from 0 on");
  out = value.get<uint64_t>();
  return absl::OkStatus();
}

absl::Status Take(const std::string& name, const RunJson& value, double& out) {
  if (!value.is_number()) return WrongType(name, "a number");
  out = value.get<double>();
  return absl::OkStatus();
}

absl::Status Take(const std::string& name, const RunJson& value, std::string& out) {
  if (!value.is_string()) return WrongType(name, "text");
  out = value.get<std::string>();
  return absl::OkStatus();
}

absl::Status Take(const std::string& name, const RunJson& value, std::vector<double>& out) {
  if (!value.is_array()) return WrongType(name, "a list of numbers");
  out.clear();
  for (const RunJson& item : value) {
    const absl::Status taken = Take(name, item, out.emplace_back());
    if (!taken.ok()) return WrongType(name, "a list of numbers");
  }
  return absl::OkStatus();
}

absl::Status TakePhase(const std::string& name, const RunJson& value, Phase& out) {
  if (!value.is_object()) return WrongType(name, "a list of objects");
  for (const auto& [part, number] : value.items()) {
    double taken = 0;
    const absl::Status status = Take(absl::StrCat(name, ".", part), number, taken);
    if (part == "seconds") {
      out.seconds = taken;
    } else if (part == "rate") {
      out.rate = taken;
    } else if (part == "reads") {
      out.read_percent = taken;
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("a phase has no field \"", part, "\". Choose among seconds, rate, reads"));
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Take(const std::string& name, const RunJson& value, std::vector<Phase>& out) {
  if (!value.is_array()) return WrongType(name, "a list of objects");
  out.clear();
  for (const RunJson& item : value) {
    const absl::Status taken = TakePhase(name, item, out.emplace_back());
    if (!taken.ok()) return taken;
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status Take(const std::string& name, const RunJson& value, std::optional<T>& out) {
  return Take(name, value, out.emplace());
}

RunJson Give(const std::vector<Phase>& phases) {
  RunJson list = RunJson::array();
  for (const Phase& phase : phases) {
    RunJson object = RunJson::object();
    if (phase.seconds) object["seconds"] = *phase.seconds;
    if (phase.rate) object["rate"] = *phase.rate;
    if (phase.read_percent) object["reads"] = *phase.read_percent;
    list.push_back(object);
  }
  return phases.empty() ? RunJson() : list;
}

RunJson Give(const std::vector<double>& list) { return list.empty() ? RunJson() : RunJson(list); }

template <typename T>
RunJson Give(const std::optional<T>& value) {
  return value ? RunJson(*value) : RunJson();
}

template <typename T>
RunJson Give(const T& value) {
  return RunJson(value);
}

}  // namespace

const std::vector<RunField>& RunFields() {
  using O = RunOptions;
  static const std::vector<RunField> kFields = {
      {"count", "Operations; default 1000, or no end if --duration or --phases is given",
       &O::count},
      {"duration", "Seconds after which nothing more is sent", &O::duration_s},
      {"rate",
       "Operations a second at moments of a Poisson process (open loop); default: each "
       "answer is followed by the next operation (closed loop)",
       &O::rate},
      {"phases", "Parts of the run in sequence, SECONDS:RATE[:READS],...; RATE - is a closed loop",
       &O::phases},
      {"mode", "Where operations go: first, round-robin or replica=I", &O::mode},
      {"clients", "Clients with connections of their own", &O::clients},
      {"concurrency", "Operations of each client under way at any time; open loop: at most",
       &O::concurrency},
      {"warmup", "Writes before the measured operations", &O::warmup},
      {"load", "First write each key that there is, once", &O::load},
      {"leave_out_first", "First seconds that do not count", &O::warm_up_s},
      {"leave_out_last", "Last seconds that do not count", &O::cool_down_s},
      {"conflict", "Percent of operations on shared keys", &O::conflict_percent},
      {"conflict_keys", "How many keys are shared", &O::conflict_keys},
      {"reads", "Percent of operations that read", &O::read_percent},
      {"read_modify_writes", "Percent of operations that read a key, then write it",
       &O::modify_percent},
      {"inserts", "Percent of operations that write a further key", &O::insert_percent},
      {"keys",
       "new (each write has its own), uniform, zipf, latest, hotspot, exponential, "
       "sequential",
       &O::keys},
      {"key_count", "How many keys there are, unless they are new", &O::key_count},
      {"theta", "Of zipf and latest", &O::theta},
      {"scrambled", "Scatter the frequent keys over all", &O::scrambled},
      {"hot_keys", "Percent of the keys that are hot", &O::hot_keys_percent},
      {"hot_operations", "Percent of the operations on them", &O::hot_operations_percent},
      {"partition_weights", "How much of the load each partition gets, W,W,...",
       &O::partition_weights},
      {"key_bytes", "Bytes of each key", &O::key_bytes},
      {"value_bytes", "Bytes of each value", &O::value_bytes},
      {"ycsb", "A, B, C, D or F: that workload of YCSB, but for what is given", &O::ycsb},
      {"seed", "Of the choice of operations", &O::seed},
      {"key_prefix", "Before each key; default none, with --history the time of the run",
       &O::key_prefix},
      {"start_at", "Seconds since 1970: when to begin, for several clients together", &O::start_at},
      {"history", "A file that gets each operation, to be checked", &O::history},
      {"csv", "A file that gets a line for each access", &O::csv},
      {"json", "A file that gets the report as JSON", &O::json},
      {"workload", "A file of JSON with these options; flags beat it", &O::workload}};
  return kFields;
}

const RunField* FindRunField(const std::string& name) {
  for (const RunField& field : RunFields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string RunFieldNames() {
  std::vector<std::string> names;
  for (const RunField& field : RunFields()) {
    if (std::string(field.name) != "workload") names.push_back(field.name);
  }
  return absl::StrJoin(names, ", ");
}

absl::Status SetRunField(const RunField& field, const RunJson& value, RunOptions& options) {
  return std::visit([&](auto member) { return Take(field.name, value, options.*member); },
                    field.member);
}

RunJson GetRunField(const RunField& field, const RunOptions& options) {
  return std::visit([&](auto member) { return Give(options.*member); }, field.member);
}

RunJson RunOptionsJson(const RunOptions& options) {
  RunJson object = RunJson::object();
  for (const RunField& field : RunFields()) {
    RunJson value = GetRunField(field, options);
    if (!value.is_null()) object[field.name] = std::move(value);
  }
  return object;
}

void DeclareRunField(const RunField& field, const std::string& flag, CLI::App& app,
                     RunOptions& options) {
  std::visit(
      [&](auto member) {
        auto& out = options.*member;
        using T = std::remove_reference_t<decltype(out)>;
        if constexpr (std::is_same_v<T, bool>) {
          app.add_flag(flag, out, field.what);
        } else if constexpr (std::is_same_v<T, std::vector<double>>) {
          app.add_option(flag, out, field.what)->delimiter(',')->allow_extra_args(false);
        } else if constexpr (std::is_same_v<T, std::vector<Phase>>) {
          const auto set = [&out](const std::string& text) { out = *ParsePhases(text); };
          const auto wrong = [](const std::string& text) {
            return std::string(ParsePhases(text).status().message());
          };
          app.add_option_function<std::string>(flag, set, field.what)->check(wrong);
        } else {
          CLI::Option* option = app.add_option(flag, out, field.what);
          if constexpr (std::is_same_v<T, uint64_t> || std::is_same_v<T, std::optional<uint64_t>>) {
            option->check(CLI::NonNegativeNumber);
          }
          if constexpr (!IsOptional<T>::value) option->capture_default_str();
        }
      },
      field.member);
}

}  // namespace althing
