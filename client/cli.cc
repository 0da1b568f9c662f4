#include "client/cli.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include "client/admin_client.h"
#include "client/commands/admin_command.h"
#include "client/commands/debug_command.h"
#include "client/commands/kv_call.h"
#include "client/commands/kv_command.h"
#include "client/commands/kv_flags.h"
#include "client/commands/options.h"
#include "client/commands/repl_command.h"
#include "client/commands/run_command.h"
#include "client/commands/run_options.h"
#include "client/commands/script_command.h"
#include "client/outcome.h"
#include "client/repl/line_history.h"

namespace althing {
namespace {

// All that can be said on the command line.
struct Arguments {
  std::string config = "config.json";
  std::string endpoints;
  uint32_t timeout_ms = 5000;
  std::string output = "text";
  CommonOptions common;
  KvOptions kv;
  std::vector<std::string> lines;  // Of a batch.
  ScriptOptions script;
  RunOptions run;
  std::optional<uint32_t> level;
  std::optional<std::string> log_level;
  ExplainOptions explain;
  TraceShowOptions trace_show;
  std::optional<std::string> incoming;
  std::optional<std::string> outgoing;
};

// The lines of one shell: they share its clients, and what it is set to.
struct Session {
  KvClients& clients;
  const LineSettings& settings;
};

using Command = std::function<ExitCode(KvClients&, const Arguments&)>;
// One that asks the replicas themselves.
using AdminCommand = std::function<ExitCode(AdminClient&, const Arguments&)>;

// Declares the subcommands; each sets `command` when it is chosen. Outlives the parsing and the
// command, since both call back into it.
class Declaration {
 public:
  // `session`: null for the program's own command line.
  Declaration(CLI::App& app, Arguments& arguments, const CliHost& host, const Session* session,
              Command& command)
      : app_(app), arguments_(arguments), host_(host), session_(session), command_(command) {}

  void All() {
    if (session_ == nullptr) Place();
    Globals();
    KeyCommands();
    Scripts();
    RunCommand();
    AdminCommands();
    DebugCommands();
  }

 private:
  void Place() {
    app_.add_option("--config", arguments_.config, "The cluster's configuration file")
        ->envname("ALTHING_CLIENT_CONFIG")
        ->capture_default_str();
    app_.add_option("--endpoints", arguments_.endpoints,
                    "Client ports of the replicas, host:port,host:port,..., in place of --config")
        ->envname("ALTHING_CLIENT_ENDPOINTS");
  }

  void Globals() {
    FromEnvironment(
        app_.add_option("--timeout", arguments_.timeout_ms, "Milliseconds that a call may take"),
        "ALTHING_CLIENT_TIMEOUT")
        ->check(CLI::Range(1u, 86'400'000u))
        ->capture_default_str();
    FromEnvironment(app_.add_option("-o,--output", arguments_.output, "How answers look"),
                    "ALTHING_CLIENT_OUTPUT")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  }

  // A shell has heard the environment at its start.
  CLI::Option* FromEnvironment(CLI::Option* option, const std::string& name) const {
    return session_ == nullptr ? option->envname(name) : option;
  }

  // `replica` explains the command's --replica; empty if it has none. Each command keeps its own
  // until it is chosen: the environment fills those of all commands. `preset`: without the flag.
  CLI::App* Add(const std::string& name, const std::string& what, const std::string& replica,
                Command command, std::optional<uint32_t> preset = std::nullopt) {
    return AddTo(app_, name, what, replica, std::move(command), preset);
  }
  CLI::App* AddTo(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& replica, Command command,
                  std::optional<uint32_t> preset = std::nullopt) {
    CLI::App* sub = parent.add_subcommand(name, what);
    auto chosen = std::make_shared<std::optional<uint32_t>>(preset);
    sub->callback([this, sub, chosen, command = std::move(command)] {
      // A command below this one has had its callback before; this one's --replica is its own.
      if (sub->get_subcommands().empty()) command_ = command;
      arguments_.common.replica = *chosen;
    });
    if (!replica.empty()) {
      FromEnvironment(sub->add_option("--replica", *chosen, replica), "ALTHING_CLIENT_REPLICA");
    }
    return sub;
  }

  CLI::App* AddAdmin(const std::string& name, const std::string& what, const std::string& replica,
                     AdminCommand command) {
    return Add(name, what, replica, WithAdminClient(std::move(command)));
  }
  Command WithAdminClient(AdminCommand command) {
    return [this, command = std::move(command)](KvClients& clients, const Arguments& given) {
      AdminClient client(clients.endpoints(), host_.interrupted);
      return command(client, given);
    };
  }

  // One that goes over the library: a shell chooses its replica.
  CLI::App* AddKey(const std::string& name, const std::string& what, Command command) {
    return Add(name, what, "Ask this replica only; default: the first one that serves",
               std::move(command),
               session_ == nullptr ? std::nullopt : session_->settings.common.replica);
  }

  void KeyCommands() {
    for (const KvVerb& verb : kKvVerbs) {
      CLI::App* sub =
          AddKey(verb.name, verb.what, [this, &verb](KvClients& clients, const Arguments& given) {
            return RunKeyCommand(clients, given, verb);
          });
      DeclareKv(*sub, verb.operation, arguments_.kv);
    }
    CLI::App* batch = AddKey("batch",
                             "Several of put, append, get and del at one moment; exit 1 and "
                             "nothing written if a condition fails",
                             [this](KvClients& clients, const Arguments& given) {
                               return RunBatchCommand(clients, given);
                             });
    batch->add_option("COMMAND", arguments_.lines,
                      "Each as in: 'put KEY VALUE --if-absent'; default: lines of standard input");
    DeclareEncoding(*batch, arguments_.kv.encoding, "Of commands that name none");
  }

  ExitCode RunKeyCommand(KvClients& clients, const Arguments& given, const KvVerb& verb) {
    KvOptions options = given.kv;
    options.operation = verb.operation;
    const absl::StatusOr<KeyCommand> command = MakeCommand(options, host_.in);
    if (!command.ok()) return Refuse(verb.name, command.status());
    const absl::StatusOr<Client*> client = clients.Get(given.common);
    if (!client.ok()) return Refuse(verb.name, client.status());
    return RunKv(**client, host_.interrupted, given.common, *command, options.encoding, host_.out,
                 host_.err);
  }

  ExitCode RunBatchCommand(KvClients& clients, const Arguments& given) {
    const absl::StatusOr<Batch> batch = ReadBatch(given.lines, given.kv, host_.in);
    if (!batch.ok()) return Refuse("batch", batch.status());
    const absl::StatusOr<Client*> client = clients.Get(given.common);
    if (!client.ok()) return Refuse("batch", client.status());
    return RunBatch(**client, host_.interrupted, given.common, *batch, host_.out, host_.err);
  }

  void Scripts() {
    CLI::App* script =
        AddKey("script",
               "Run the accesses of a file in order and report each; exit 1 if an expectation "
               "is not met",
               [this](KvClients& clients, const Arguments& given) {
                 return RunScript(clients, host_.interrupted, given.common, given.script, host_.in,
                                  host_.out, host_.err);
               });
    DeclareScript(*script, arguments_.script);
    if (session_ != nullptr) return;
    CLI::App* repl = AddKey("repl", "An interactive shell; without a terminal as script -",
                            [this](KvClients& clients, const Arguments& given) {
                              return RunReplCommand(clients, given);
                            });
    DeclareEncoding(*repl, arguments_.script.encoding, "Of lines that name none");
  }

  ExitCode RunReplCommand(KvClients& clients, const Arguments& given) {
    if (!host_.interactive) {
      return RunScript(clients, host_.interrupted, given.common, given.script, host_.in, host_.out,
                       host_.err);
    }
    std::istringstream none;  // The lines are the person's; nothing else comes from there.
    none.setstate(std::ios::failbit);
    const CliHost host = {none, host_.out, host_.err, host_.terminal, host_.interrupted};
    const LineSettings settings = {given.common, given.script.encoding};
    Shell::Options shell = {.endpoints = clients.endpoints(), .settings = settings};
    std::vector<std::string> ids;
    for (const Endpoint& endpoint : shell.endpoints)
      ids.push_back(std::to_string(endpoint.replica));
    shell.catalog = LineCatalog(host, {clients, settings}, ids);
    shell.run = [&](const std::vector<std::string>& words, const LineSettings& now) {
      return RunLine(host, {clients, now}, words);
    };
    return RunRepl({.shell = std::move(shell),
                    .history_path = HistoryPath(&std::getenv),
                    .interrupted = host_.interrupted,
                    .forget_interrupt = host_.forget_interrupt},
                   host_.out, host_.err);
  }

  // The commands that lines of a shell have.
  static Catalog LineCatalog(const CliHost& host, const Session& session,
                             const std::vector<std::string>& replicas);
  static int RunLine(const CliHost& host, const Session& session,
                     const std::vector<std::string>& words);

  ExitCode Refuse(const std::string& verb, const absl::Status& status) {
    host_.err << InputErrorLine(verb, status) << "\n";
    return kExitInvalidInput;
  }

  void RunCommand() {
    RunOptions& run = arguments_.run;
    auto declared = std::make_shared<CLI::App*>(nullptr);
    *declared = AddAdmin("run", "Load the cluster and report", "",
                         [this, declared](AdminClient& client, const Arguments& given) {
                           return RunLoadCommand(**declared, client, given);
                         });
    run.live = host_.terminal;
    run.version = host_.version;
    run.commit = host_.commit;
    DeclareRun(**declared, run);
  }

  ExitCode RunLoadCommand(const CLI::App& declared, AdminClient& client, const Arguments& given) {
    RunOptions options = given.run;
    const IsGiven is_given = [&declared](const std::string& name) {
      return declared.count(RunFlag(name)) > 0;
    };
    if (const absl::Status complete = CompleteRun(is_given, options); !complete.ok()) {
      host_.err << InputErrorLine("run", complete) << "\n";
      return kExitInvalidInput;
    }
    return RunLoad(client, given.common, options, host_.out, host_.err);
  }

  void AdminCommands() {
    AddAdmin("status", "Show the health of the cluster; exit 0 only if it is healthy", "",
             [this](AdminClient& client, const Arguments& given) {
               return RunStatus(client, given.common, host_.out, host_.err);
             });
    AddAdmin("metrics", "Print what the replicas have counted, as JSON",
             "Ask this replica only; default: all",
             [this](AdminClient& client, const Arguments& given) {
               return RunMetrics(client, given.common, host_.out, host_.err);
             });
    CLI::App* trace = AddAdmin(
        "trace", "Show or set how much the replicas write about their messages",
        "This replica only; default: all", [this](AdminClient& client, const Arguments& given) {
          return RunTrace(client, given.common, given.level, host_.out, host_.err);
        });
    trace->add_option("--level", arguments_.level,
                      "0 off, 1 a line per message, 2 also ballots and deps, 9 everything");
    TraceShow(*trace);
    CLI::App* log = AddAdmin(
        "log", "Show or set which lines the replicas write to their logs",
        "This replica only; default: all", [this](AdminClient& client, const Arguments& given) {
          return RunLog(client, given.common, given.log_level, host_.out, host_.err);
        });
    log->add_option("--level", arguments_.log_level,
                    "debug, info, warn or error; what is below is left out");
    CLI::App* scheduler = AddAdmin(
        "scheduler", "Show or set the order in which the replicas take and send messages",
        "This replica only; default: all", [this](AdminClient& client, const Arguments& given) {
          return RunScheduler(client, given.common, given.incoming, given.outgoing, host_.out,
                              host_.err);
        });
    scheduler->add_option("--incoming", arguments_.incoming,
                          "Of what has arrived: fifo, lifo or round_robin (over partitions)");
    scheduler->add_option("--outgoing", arguments_.outgoing,
                          "Of what waits for a peer: fifo, lifo or round_robin");
  }

  void TraceShow(CLI::App& trace) {
    CLI::App* show = AddTo(
        trace, "show", "Show what the replicas, or the one of --replica, remember of an instance",
        "", WithAdminClient([this](AdminClient& client, const Arguments& given) {
          return RunTraceShow(client, given.common, given.trace_show, host_.out, host_.err);
        }));
    show->excludes(trace.get_option("--level"));
    TraceShowOptions& options = arguments_.trace_show;
    show->add_option("INSTANCE", options.instance, "The instance, as in 0.17")->required();
    show->add_option("-p,--partition", options.partition, "Of the instance")->capture_default_str();
    show->add_option("--format", options.format,
                     "text, mermaid (a sequence diagram) or chrome (opens in Perfetto; also what "
                     "-o json prints)")
        ->check(CLI::IsMember({"text", "mermaid", "chrome"}))
        ->capture_default_str();
  }

  void DebugCommands() {
    ExplainOptions& options = arguments_.explain;
    CLI::App* explain = AddAdmin(
        "explain",
        "Show what an instance, or those that touch a key, wait for. A KEY that looks like an "
        "instance (0.17) is a key: instances are named with --instance",
        "Ask this replica only; default: all", [this](AdminClient& client, const Arguments& given) {
          return RunExplain(client, given.common, given.explain, host_.out, host_.err);
        });
    CLI::App* what = explain->add_option_group("what");
    what->add_option("KEY", options.key, "The key");
    what->add_option("--instance", options.instance, "An instance instead of a key, as in 0.17");
    what->require_option(1);
    explain->add_option("-p,--partition", options.partition, "Of the instance")
        ->capture_default_str();
    DeclareEncoding(*explain, options.encoding, "How KEY is written");
  }

  CLI::App& app_;
  Arguments& arguments_;
  const CliHost& host_;
  const Session* const session_;
  Command& command_;
};

absl::StatusOr<std::vector<Endpoint>> Endpoints(const CliHost& host, const Arguments& arguments) {
  return arguments.endpoints.empty() ? host.read_config(arguments.config)
                                     : ParseEndpoints(arguments.endpoints);
}

// The answer is only given once it has left: a closed or full output is an error of its own.
int Flush(const CliHost& host, int code) {
  host.out.flush();
  if (host.out) return code;
  host.err
      << "error: standard output cannot be written: it is closed or full. What the command did "
         "stands. Give it an output.\n";
  return code == kExitOk ? kExitOutput : code;
}

// A command line, taken apart. Outlives what it runs.
class CommandLine {
 public:
  CommandLine(const CliHost& host, const Session* session)
      : host_(host), declaration_(app_, arguments_, host, session, command_) {
    if (session != nullptr) {
      const LineSettings& settings = session->settings;
      arguments_.timeout_ms =
          static_cast<uint32_t>(absl::ToInt64Milliseconds(settings.common.timeout));
      if (settings.common.json()) arguments_.output = "json";
      arguments_.kv.encoding = arguments_.script.encoding = settings.encoding;
    }
    if (!host.version.empty()) app_.set_version_flag("--version", host.version);
    app_.require_subcommand(1);
    app_.fallthrough();
    declaration_.All();
  }

  const CLI::App& app() const { return app_; }
  const Arguments& arguments() const { return arguments_; }

  // An exit code if that is all.
  std::optional<int> Parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error, host_.out, host_.err) == 0 ? kExitOk : kExitUsage;
    }
    arguments_.common.output =
        arguments_.output == "json" ? OutputFormat::kJson : OutputFormat::kText;
    arguments_.common.timeout = absl::Milliseconds(arguments_.timeout_ms);
    return std::nullopt;
  }

  int Run(KvClients& clients) { return command_(clients, arguments_); }

 private:
  const CliHost& host_;
  CLI::App app_{
      "The client of an Althing cluster. Exit codes: 0 ok, 1 the answer is no, 2 unavailable, "
      "3 invalid input, 4 server error, 5 interrupted or unknown, 6 output, 64 usage.",
      "client"};
  Arguments arguments_;
  Command command_;
  Declaration declaration_;
};

Catalog Declaration::LineCatalog(const CliHost& host, const Session& session,
                                 const std::vector<std::string>& replicas) {
  return CatalogOf(CommandLine(host, &session).app(), replicas);
}

int Declaration::RunLine(const CliHost& host, const Session& session,
                         const std::vector<std::string>& words) {
  std::vector<const char*> argv = {"client"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  CommandLine line(host, &session);
  const std::optional<int> end = line.Parse(static_cast<int>(argv.size()), argv.data());
  return end ? *end : line.Run(session.clients);
}

}  // namespace

int RunCli(const CliHost& host, int argc, const char* const* argv) {
  CommandLine line(host, nullptr);
  if (const auto end = line.Parse(argc, argv)) return *end == kExitOk ? Flush(host, kExitOk) : *end;
  absl::StatusOr<std::vector<Endpoint>> endpoints = Endpoints(host, line.arguments());
  if (!endpoints.ok()) {
    host.err << InputErrorLine("client", endpoints.status()) << "\n";
    return kExitInvalidInput;
  }
  KvClients clients(*std::move(endpoints), host.interrupted);
  return Flush(host, line.Run(clients));
}

}  // namespace althing
