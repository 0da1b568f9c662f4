#include "client/commands/kv_command.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/commands/kv_call.h"
#include "client/commands/kv_flags.h"
#include "client/commands/kv_line.h"
#include "client/report/answer.h"

namespace althing {
namespace {

// Why the answer is no; empty if it is not.
std::string No(const KeyCommand& command, const KeyResult& result) {
  if (result.condition_failed) {
    return absl::StrCat(VerbOf(command.operation), ": ", FailedConditionText(result),
                        ". Written: no. Get the key and decide anew.");
  }
  if (command.operation == KeyCommand::Operation::kGet && !result.found) {
    return "get: the key has no value. Written: no. Put one first.";
  }
  return "";
}

ExitCode Fail(absl::string_view verb, const Outcome& outcome, std::ostream& err) {
  const CallOutcome call = CallOutcomeOf(outcome);
  err << ErrorLine(verb, outcome.where, call) << "\n";
  return ExitCodeOf(call);
}

// The command of one line, if there is one. `lines_from`: where lines are read; null if they are
// arguments.
absl::Status AddLine(const std::string& line, const KvOptions& defaults, std::istream& in,
                     bool& in_is_taken, Batch& batch) {
  const absl::StatusOr<std::vector<std::string>> words = SplitWords(line);
  if (!words.ok()) return words.status();
  if (words->empty()) return absl::OkStatus();
  const absl::StatusOr<KvOptions> options = ParseKvWords(*words, defaults);
  if (!options.ok()) return options.status();
  if (options->value_file == "-" && std::exchange(in_is_taken, true)) {
    return absl::InvalidArgumentError(
        "--value-file -: standard input holds the commands or another command's value. Give a "
        "file");
  }
  absl::StatusOr<KeyCommand> command = MakeCommand(*options, in);
  if (!command.ok()) return command.status();
  batch.commands.push_back(*std::move(command));
  batch.encodings.push_back(options->encoding);
  return absl::OkStatus();
}

}  // namespace

ExitCode RunKv(Client& client, const std::function<bool()>& interrupted,
               const CommonOptions& common, const KeyCommand& command, Encoding encoding,
               std::ostream& out, std::ostream& err) {
  const Outcome outcome = CallKv(client, {command}, interrupted, common.timeout);
  if (!outcome.ok()) return Fail(VerbOf(command.operation), outcome, err);
  const KeyResult& result = outcome.results.front();
  const std::string no = No(command, result);
  if (common.json()) {
    nlohmann::ordered_json object = ResultJson(command, result);
    AddPlace(object, outcome);
    out << object.dump() << "\n";
  } else if (no.empty()) {
    out << ResultText(command, result, encoding) << "\n";
  }
  if (!no.empty()) err << no << "\n";
  return no.empty() ? kExitOk : kExitNo;
}

absl::StatusOr<Batch> ReadBatch(const std::vector<std::string>& lines, const KvOptions& defaults,
                                std::istream& in) {
  Batch batch;
  bool in_is_taken = lines.empty();
  size_t number = 0;
  const auto add = [&](const std::string& line) {
    const absl::Status added = AddLine(line, defaults, in, in_is_taken, batch);
    return added.ok() ? added
                      : absl::InvalidArgumentError(
                            absl::StrCat("command ", number, ": ", added.message()));
  };
  absl::Status status;
  if (lines.empty()) {
    for (std::string line; status.ok() && std::getline(in, line);) {
      ++number;
      status = add(line);
    }
  }
  for (size_t i = 0; status.ok() && i < lines.size(); ++i) {
    ++number;
    status = add(lines[i]);
  }
  if (!status.ok()) return status;
  if (batch.commands.empty()) {
    return absl::InvalidArgumentError("there is no command. Give at least one, or lines of them");
  }
  return batch;
}

ExitCode RunBatch(Client& client, const std::function<bool()>& interrupted,
                  const CommonOptions& common, const Batch& batch, std::ostream& out,
                  std::ostream& err) {
  const Outcome outcome = CallKv(client, batch.commands, interrupted, common.timeout);
  if (!outcome.ok()) return Fail("batch", outcome, err);
  const bool no = outcome.condition_failed();
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (size_t i = 0; i < batch.commands.size(); ++i) {
    const KeyCommand& command = batch.commands[i];
    const KeyResult& result = outcome.results[i];
    const bool missing = command.operation == KeyCommand::Operation::kGet && !result.found;
    if (common.json()) {
      results.push_back(ResultJson(command, result));
    } else if (!no) {
      out << (missing ? "(no value)" : ResultText(command, result, batch.encodings[i])) << "\n";
    }
    if (result.condition_failed) {
      err << "batch: command " << i + 1 << " (" << VerbOf(command.operation)
          << "): " << FailedConditionText(result)
          << ". Written: no, nothing of the batch. Get the key and decide anew.\n";
    }
  }
  if (common.json()) {
    nlohmann::ordered_json object = {{"results", results}, {"condition_failed", no}};
    AddPlace(object, outcome);
    out << object.dump() << "\n";
  }
  return no ? kExitNo : kExitOk;
}

}  // namespace althing
