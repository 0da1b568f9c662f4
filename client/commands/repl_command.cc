#include "client/commands/repl_command.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "client/admin_client.h"
#include "client/commands/chosen.h"
#include "client/endpoints.h"
#include "client/repl/line_editor.h"
#include "client/repl/line_history.h"

namespace althing {
namespace {

constexpr absl::Duration kGreetingTimeout = absl::Seconds(1);

// What the replicas call their cluster; the first address if none answers.
std::string Greet(const ReplOptions& options, std::ostream& out) {
  const std::vector<Endpoint>& endpoints = options.shell.endpoints;
  AdminClient client(endpoints, options.interrupted);
  const std::vector<size_t> all = *ChosenEndpoints(client, {});
  const auto answers =
      client.Status(all, std::min(kGreetingTimeout, options.shell.settings.common.timeout));
  std::string cluster;
  size_t answered = 0;
  for (const auto& answer : answers) {
    if (!answer.status.ok()) continue;
    ++answered;
    if (cluster.empty()) cluster = answer.reply.cluster_id();
  }
  if (answered == 0) {
    out << "No replica answers. Check that they run and that --config or --endpoints names their "
           "client ports.\n";
  } else {
    out << "Cluster " << cluster << ": " << answered << " of " << endpoints.size()
        << " replicas answer.";
  }
  out << (answered == 0 ? "" : " ") << "help lists the commands, Ctrl-D leaves.\n";
  return cluster.empty() ? endpoints.front().address : cluster;
}

// Remembered lines: in the editor, and in the file if there is one.
class Memory {
 public:
  Memory(LineEditor& editor, std::string path, std::ostream& err)
      : editor_(editor), path_(std::move(path)), err_(err) {
    if (path_.empty()) return;
    const auto lines = LoadHistory(path_);
    if (!lines.ok()) GiveUp(lines.status());
    if (lines.ok()) {
      for (const std::string& line : *lines) editor_.Remember(line);
    }
  }

  void Add(std::string line) {
    absl::StripTrailingAsciiWhitespace(&line);
    if (line.empty() || line.front() == ' ' || line == last_) return;
    last_ = line;
    editor_.Remember(line);
    if (path_.empty()) return;
    if (const absl::Status status = AppendHistory(path_, line); !status.ok()) GiveUp(status);
  }

 private:
  void GiveUp(const absl::Status& status) {
    err_ << "repl: history: " << status.message() << ".\n";
    path_.clear();
  }

  LineEditor& editor_;
  std::string path_;
  std::ostream& err_;
  std::string last_;
};

}  // namespace

ExitCode RunRepl(ReplOptions options, std::ostream& out, std::ostream& err) {
  const auto& replica = options.shell.settings.common.replica;
  if (replica) {
    const absl::StatusOr<size_t> known = FindReplica(options.shell.endpoints, *replica);
    if (!known.ok()) {
      err << InputErrorLine("repl", known.status()) << "\n";
      return kExitInvalidInput;
    }
  }
  options.shell.cluster = Greet(options, out);
  Shell shell(options.shell, out, err);
  LineEditor editor(
      {.complete = [&shell](const std::string& before) { return shell.Complete(before); },
       .interrupted = options.interrupted,
       .forget_interrupt = options.forget_interrupt,
       .history_lines_max = kHistoryLinesMax});
  Memory memory(editor, options.history_path, err);
  std::string line;
  for (bool go_on = true; go_on;) {
    out << std::flush;
    err << std::flush;
    switch (editor.Read(shell.Prompt(), line)) {
      case LineEditor::End::kLine:
        memory.Add(line);
        go_on = shell.Execute(line);
        break;
      case LineEditor::End::kInterrupted:
        break;
      case LineEditor::End::kEnd:
        out << "\n";
        go_on = false;
    }
    if (options.interrupted() && !options.forget_interrupt()) return kExitUnknown;  // SIGTERM.
  }
  return kExitOk;
}

}  // namespace althing
