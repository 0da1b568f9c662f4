#include "client/commands/script_command.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/commands/kv_flags.h"
#include "client/endpoints.h"
#include "client/read_all.h"
#include "client/report/script_report.h"
#include "client/script/script_run.h"

namespace althing {
namespace {

absl::StatusOr<std::string> Read(const std::string& file, std::istream& in) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::optional<std::string> text = ReadAll(file == "-" ? in : opened);
  if (text) return *std::move(text);
  return absl::InvalidArgumentError(
      absl::StrCat(file, " cannot be read. Name a file, or - for standard input"));
}

// Before any access: the script, the replica of --replica and the history's file.
absl::StatusOr<Script> Prepare(const KvClients& clients, const CommonOptions& common,
                               const ScriptOptions& options, std::istream& in,
                               std::ofstream& history) {
  const absl::StatusOr<std::string> text = Read(options.file, in);
  if (!text.ok()) return text.status();
  absl::StatusOr<Script> script =
      ParseScript(*text, {.name = options.file == "-" ? "standard input" : options.file,
                          .format = options.format,
                          .encoding = options.encoding,
                          .endpoints = clients.endpoints()});
  if (!script.ok()) return script;
  if (common.replica) {
    const absl::StatusOr<size_t> known = FindReplica(clients.endpoints(), *common.replica);
    if (!known.ok()) return known.status();
  }
  if (options.history) {
    history.open(*options.history, std::ios::binary);
    if (!history) {
      return absl::InvalidArgumentError(
          absl::StrCat("--history ", *options.history,
                       " cannot be written. Name a file in a folder that exists"));
    }
  }
  return script;
}

size_t PlaceWidth(const Script& script) {
  size_t width = 0;
  for (const Step& step : script.steps) {
    for (const Access& access : step.accesses) width = std::max(width, access.place.size());
  }
  return width;
}

void PrintEnd(const AccessEnd& end, const CommonOptions& common, size_t place_width,
              std::ostream& out, std::ostream& err) {
  out << (common.json() ? AccessJson(end) : AccessText(end, place_width)) << std::flush;
  if (end.outcome.ok()) return;
  err << ErrorLine(absl::StrCat("script: ", end.access.place), end.outcome.where,
                   CallOutcomeOf(end.outcome))
      << "\n";
}

}  // namespace

void DeclareScript(CLI::App& command, ScriptOptions& options) {
  command.add_option("FILE", options.file, "The script; - is standard input")->required();
  command
      .add_option_function<std::string>(
          "--format",
          [&options](const std::string& name) {
            options.format = name == "text"   ? ScriptFormat::kText
                             : name == "json" ? ScriptFormat::kJson
                                              : ScriptFormat::kAuto;
          },
          "How the script is written; auto: JSON if it begins with {")
      ->check(CLI::IsMember({"auto", "text", "json"}))
      ->default_str("auto");
  command.add_option("--repeat", options.repeat, "How often the whole script is run")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
      ->capture_default_str();
  command.add_option("--history", options.history, "A file that gets each access, to be checked");
  DeclareEncoding(command, options.encoding, "Of lines that name none");
}

ExitCode RunScript(KvClients& clients, const std::function<bool()>& interrupted,
                   const CommonOptions& common, const ScriptOptions& options, std::istream& in,
                   std::ostream& out, std::ostream& err) {
  std::ofstream history;
  const absl::StatusOr<Script> script = Prepare(clients, common, options, in, history);
  if (!script.ok()) {
    err << InputErrorLine("script", script.status()) << "\n";
    return kExitInvalidInput;
  }
  const size_t place_width = PlaceWidth(*script);
  const ScriptResult result = RunSteps(*script, clients,
                                       {.common = common,
                                        .repeat = options.repeat,
                                        .interrupted = interrupted,
                                        .ended = [&](const AccessEnd& end) {
                                          PrintEnd(end, common, place_width, out, err);
                                          if (options.history) history << AccessHistory(end);
                                        }});
  out << (common.json() ? ScriptSummaryJson(result) : ScriptSummaryText(result));
  if (!result.unmet.empty()) {
    err << "error: script: " << result.unmet
        << ". The script ends here. Correct the expectation, or find out why.\n";
  }
  if (result.interrupted) err << "error: script: interrupted. What was answered stands.\n";
  history.close();
  if (options.history && !history) {
    err << "error: script: the history is not complete: " << *options.history
        << " could not be written to its end. Give it a place with more room.\n";
    return kExitOutput;
  }
  return result.interrupted ? kExitUnknown : result.code;
}

}  // namespace althing
