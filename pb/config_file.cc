#include "pb/config_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "pb/config_check.h"
#include "pb/config_schema.h"
#include "pb/config_tree.h"
#include "pb/config_value.h"
#include "pb/json_text.h"

namespace althing {
namespace {

constexpr size_t kFileBytesMax = size_t{1} << 20;
constexpr absl::string_view kVariablePrefix = "ALTHING_";
constexpr absl::string_view kClientVariablePrefix = "ALTHING_CLIENT_";

absl::Status Invalid(absl::string_view place, absl::string_view words) {
  return absl::InvalidArgumentError(absl::StrCat(place, ": ", words));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             &std::fclose);
  if (file == nullptr && errno == ENOENT) {
    return absl::NotFoundError(
        absl::StrCat(path, ": there is no such file; name the configuration with --config FILE"));
  }
  std::string text(kFileBytesMax + 1, '\0');
  if (file != nullptr) text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (file == nullptr || std::ferror(file.get()) != 0) {
    return Invalid(path, absl::StrCat("cannot be read (", std::strerror(errno),
                                      "); name a readable file with --config FILE"));
  }
  if (text.size() > kFileBytesMax) {
    return Invalid(path, absl::StrCat("larger than ", kFileBytesMax,
                                      " bytes, which no configuration is; name another file with "
                                      "--config FILE"));
  }
  return text;
}

absl::Status ApplyFile(const std::string& path, LoadedConfig& loaded) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return text.status();
  const absl::StatusOr<nlohmann::json> tree = ParseJson(*text);
  if (!tree.ok()) return Invalid(path, tree.status().message());
  std::vector<std::string> paths;
  const absl::Status status = ReadConfigTree(*tree, loaded.config, paths);
  if (!status.ok()) return Invalid(path, status.message());
  for (const std::string& field : paths) loaded.origins[field] = Origin::kFile;
  return absl::OkStatus();
}

// What users of the environment or of flags call a field.
std::string NameAt(Origin origin, const std::string& path) {
  return origin == Origin::kFlag ? absl::StrCat("--", path) : EnvironmentName(path);
}

absl::Status UnknownText(absl::string_view name, Origin origin) {
  const absl::string_view prefix = origin == Origin::kFlag ? "--" : kVariablePrefix;
  std::vector<std::string> known;
  for (const std::string& path : ConfigFieldPaths()) {
    known.push_back(NameAt(origin, path).substr(prefix.size()));
  }
  if (origin == Origin::kEnvironment) name.remove_prefix(prefix.size());
  const std::optional<std::string> nearest = NearestName(name, known);
  return Invalid(absl::StrCat(prefix, name),
                 nearest ? absl::StrCat("no such setting; did you mean ", prefix, *nearest, "?")
                         : absl::StrCat("no such setting; --print-config lists them all"));
}

// `texts`: names as in the environment or, for flags, field paths.
absl::Status ApplyTexts(const std::map<std::string, std::string>& texts, Origin origin,
                        LoadedConfig& loaded) {
  const std::vector<ConfigField> fields = ConfigFields();
  for (const auto& [name, text] : texts) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&, &n = name](const auto& f) {
      return n == (origin == Origin::kFlag ? f.path : EnvironmentName(f.path));
    });
    if (field == fields.end()) return UnknownText(name, origin);
    const absl::Status status = SetFromText(text, RuleOf(field->path), *field->field,
                                            *field->MutableSectionOf(loaded.config));
    if (!status.ok()) return Invalid(NameAt(origin, field->path), status.message());
    loaded.origins[field->path] = origin;
  }
  return absl::OkStatus();
}

bool IsAlthingVariable(absl::string_view name) {
  return absl::StartsWith(name, kVariablePrefix) && !absl::StartsWith(name, kClientVariablePrefix);
}

absl::Status FillDefaults(LoadedConfig& loaded) {
  for (const ConfigField& field : ConfigFields()) {
    if (!loaded.origins.try_emplace(field.path, Origin::kDefault).second) continue;
    const FieldRule& rule = RuleOf(field.path);
    if (rule.default_text.empty()) continue;  // f and e, once the replicas are known.
    const absl::Status status =
        SetFromText(rule.default_text, rule, *field.field, *field.MutableSectionOf(loaded.config));
    if (!status.ok()) return Invalid(field.path, status.message());
  }
  return absl::OkStatus();
}

// Of several fields that do not fit each other, the one set nearest to the user is to be mended.
absl::Status ProblemStatus(const ConfigProblem& problem, const LoadedConfig& loaded) {
  std::string blamed = problem.paths.front();
  Origin origin = Origin::kDefault;
  for (const std::string& path : problem.paths) {
    const auto found = loaded.origins.find(path);
    if (found == loaded.origins.end() || found->second <= origin) continue;
    blamed = path;
    origin = found->second;
  }
  if (origin == Origin::kEnvironment || origin == Origin::kFlag) {
    return Invalid(NameAt(origin, blamed), problem.words);
  }
  return Invalid(absl::StrCat(loaded.path, ": ", blamed), problem.words);
}

void DeriveQuorum(v1::Config& config) {
  if (!config.has_f()) config.set_f(LargestF(config.replicas_size()));
  if (!config.has_e()) config.set_e(LargestE(config.replicas_size(), config.f()));
}

const char* OriginName(Origin origin) {
  switch (origin) {
    case Origin::kFile:
      return "file";
    case Origin::kEnvironment:
      return "environment";
    case Origin::kFlag:
      return "flag";
    case Origin::kDefault:
      break;
  }
  return "default";
}

struct Row {
  std::string path;
  std::string value;
  Origin origin;
};

std::vector<Row> Rows(const LoadedConfig& loaded) {
  std::vector<Row> rows;
  for (const ConfigField& field : ConfigFields()) {
    const std::string value = FormatValue(field.SectionOf(loaded.config), *field.field);
    rows.push_back({field.path, value, loaded.origins.at(field.path)});
  }
  for (int i = 0; i < loaded.config.replicas_size(); ++i) {
    const v1::ReplicaConfig& replica = loaded.config.replicas(i);
    for (int j = 0; j < replica.GetDescriptor()->field_count(); ++j) {
      const auto* field = replica.GetDescriptor()->field(j);
      rows.push_back({absl::StrCat("replicas[", i, "].", field->name()),
                      FormatValue(replica, *field), Origin::kFile});
    }
  }
  return rows;
}

}  // namespace

std::vector<std::string> ConfigFieldPaths() {
  std::vector<std::string> paths;
  for (ConfigField& field : ConfigFields()) paths.push_back(std::move(field.path));
  return paths;
}

std::string EnvironmentName(std::string_view field_path) {
  const absl::string_view path(field_path.data(), field_path.size());
  return absl::StrCat(kVariablePrefix,
                      absl::AsciiStrToUpper(absl::StrReplaceAll(path, {{".", "_"}})));
}

absl::StatusOr<LoadedConfig> LoadConfig(const std::string& path,
                                        const std::map<std::string, std::string>& environment,
                                        const std::map<std::string, std::string>& flags) {
  LoadedConfig loaded;
  loaded.path = path;
  absl::Status status = ApplyFile(path, loaded);
  if (!status.ok()) return status;
  std::map<std::string, std::string> variables;
  for (const auto& variable : environment) {
    if (IsAlthingVariable(variable.first)) variables.insert(variable);
  }
  status = ApplyTexts(variables, Origin::kEnvironment, loaded);
  if (!status.ok()) return status;
  status = ApplyTexts(flags, Origin::kFlag, loaded);
  if (!status.ok()) return status;
  status = FillDefaults(loaded);
  if (!status.ok()) return status;
  if (const auto problem = FindProblem(loaded.config)) return ProblemStatus(*problem, loaded);
  DeriveQuorum(loaded.config);
  std::sort(loaded.config.mutable_replicas()->begin(), loaded.config.mutable_replicas()->end(),
            [](const auto& a, const auto& b) { return a.id() < b.id(); });
  return loaded;
}

std::map<std::string, std::string> AlthingEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const absl::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == absl::string_view::npos || !IsAlthingVariable(text.substr(0, equals))) continue;
    variables.emplace(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
  }
  return variables;
}

std::string DescribeConfig(const LoadedConfig& loaded) {
  const std::vector<Row> rows = Rows(loaded);
  size_t path_width = 0;
  size_t value_width = 0;
  for (const Row& row : rows) {
    path_width = std::max(path_width, row.path.size());
    value_width = std::max(value_width, row.value.size());
  }
  std::string text;
  for (const Row& row : rows) {
    absl::StrAppendFormat(&text, "%-*s  %-*s  %s\n", static_cast<int>(path_width), row.path,
                          static_cast<int>(value_width), row.value, OriginName(row.origin));
  }
  return text;
}

std::vector<std::string> DebugWarnings(const v1::Config& config) {
  const v1::DebugConfig& debug = config.debug();
  std::vector<std::string> warnings;
  if (debug.commit_delay_ms() > 0) {
    warnings.push_back(absl::StrCat("debug.commit_delay_ms delays each commit broadcast by ",
                                    debug.commit_delay_ms(), " ms."));
  }
  if (debug.drop_percent() > 0) {
    warnings.push_back(absl::StrCat("debug.drop_percent throws away ", debug.drop_percent(),
                                    " % of the messages between replicas (seed ", debug.drop_seed(),
                                    ")."));
  }
  if (debug.flush_order() == "in_sequence") {
    warnings.push_back(
        "debug.flush_order in_sequence waits for the disk before each PreAccept and after each "
        "fast decision.");
  }
  if (debug.trace_level() > 0) {
    warnings.push_back(absl::StrCat("debug.trace_level ", debug.trace_level(),
                                    " writes a trace of the messages between replicas."));
  }
  if (debug.sync_delay_ms() > 0) {
    warnings.push_back(absl::StrCat("debug.sync_delay_ms makes each sync of the log take ",
                                    debug.sync_delay_ms(), " ms longer."));
  }
  return warnings;
}

}  // namespace althing
