#include "client/cli.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "client/admin_client.h"
#include "client/commands/admin_command.h"
#include "client/commands/debug_command.h"
#include "client/commands/kv_call.h"
#include "client/commands/kv_command.h"
#include "client/commands/kv_flags.h"
#include "client/commands/options.h"
#include "client/commands/run_command.h"
#include "client/outcome.h"

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
  RunOptions run;
  std::optional<uint32_t> level;
  std::optional<std::string> log_level;
  ExplainOptions explain;
  TraceShowOptions trace_show;
  std::optional<std::string> incoming;
  std::optional<std::string> outgoing;
};

using Command = std::function<ExitCode(const std::vector<Endpoint>&, const Arguments&)>;
// One that asks the replicas themselves.
using AdminCommand = std::function<ExitCode(AdminClient&, const Arguments&)>;

// Declares the subcommands; each sets `command` when it is chosen. Outlives the parsing and the
// command, since both call back into it.
class Declaration {
 public:
  Declaration(CLI::App& app, Arguments& arguments, const CliHost& host, Command& command)
      : app_(app), arguments_(arguments), host_(host), command_(command) {}

  void All() {
    Globals();
    KeyCommands();
    RunCommand();
    AdminCommands();
    DebugCommands();
  }

 private:
  void Globals() {
    app_.add_option("--config", arguments_.config, "The cluster's configuration file")
        ->envname("ALTHING_CLIENT_CONFIG")
        ->capture_default_str();
    app_.add_option("--endpoints", arguments_.endpoints,
                    "Client ports of the replicas, host:port,host:port,..., in place of --config")
        ->envname("ALTHING_CLIENT_ENDPOINTS");
    app_.add_option("--timeout", arguments_.timeout_ms, "Milliseconds that a call may take")
        ->envname("ALTHING_CLIENT_TIMEOUT")
        ->check(CLI::Range(1u, 86'400'000u))
        ->capture_default_str();
    app_.add_option("-o,--output", arguments_.output, "How answers look")
        ->envname("ALTHING_CLIENT_OUTPUT")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  }

  // `replica` explains the command's --replica; empty if it has none. Each command keeps its own
  // until it is chosen: the environment fills those of all commands.
  CLI::App* Add(const std::string& name, const std::string& what, const std::string& replica,
                Command command) {
    return AddTo(app_, name, what, replica, std::move(command));
  }
  CLI::App* AddTo(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& replica, Command command) {
    CLI::App* sub = parent.add_subcommand(name, what);
    auto chosen = std::make_shared<std::optional<uint32_t>>();
    sub->callback([this, sub, chosen, command = std::move(command)] {
      // A command below this one has had its callback before; this one's --replica is its own.
      if (sub->get_subcommands().empty()) command_ = command;
      arguments_.common.replica = *chosen;
    });
    if (!replica.empty()) {
      sub->add_option("--replica", *chosen, replica)->envname("ALTHING_CLIENT_REPLICA");
    }
    return sub;
  }

  CLI::App* AddAdmin(const std::string& name, const std::string& what, const std::string& replica,
                     AdminCommand command) {
    return Add(name, what, replica, WithAdminClient(std::move(command)));
  }
  Command WithAdminClient(AdminCommand command) {
    return [this, command = std::move(command)](const std::vector<Endpoint>& endpoints,
                                                const Arguments& given) {
      AdminClient client(endpoints, host_.interrupted);
      return command(client, given);
    };
  }

  void KeyCommands() {
    const std::string replica = "Ask this replica only; default: the first one that serves";
    for (const KvVerb& verb : kKvVerbs) {
      CLI::App* sub = Add(verb.name, verb.what, replica,
                          [this, &verb](const auto& endpoints, const Arguments& given) {
                            return RunKeyCommand(endpoints, given, verb);
                          });
      DeclareKv(*sub, verb.operation, arguments_.kv);
    }
    CLI::App* batch = Add("batch",
                          "Several of put, append, get and del at one moment; exit 1 and nothing "
                          "written if a condition fails",
                          replica, [this](const auto& endpoints, const Arguments& given) {
                            return RunBatchCommand(endpoints, given);
                          });
    batch->add_option("COMMAND", arguments_.lines,
                      "Each as in: 'put KEY VALUE --if-absent'; default: lines of standard input");
    DeclareEncoding(*batch, arguments_.kv.encoding, "Of commands that name none");
  }

  ExitCode RunKeyCommand(const std::vector<Endpoint>& endpoints, const Arguments& given,
                         const KvVerb& verb) {
    KvOptions options = given.kv;
    options.operation = verb.operation;
    const absl::StatusOr<KeyCommand> command = MakeCommand(options, host_.in);
    if (!command.ok()) return Refuse(verb.name, command.status());
    const auto client = MakeKvClient(endpoints, given.common);
    if (!client.ok()) return Refuse(verb.name, client.status());
    return RunKv(**client, host_.interrupted, given.common, *command, options.encoding, host_.out,
                 host_.err);
  }

  ExitCode RunBatchCommand(const std::vector<Endpoint>& endpoints, const Arguments& given) {
    const absl::StatusOr<Batch> batch = ReadBatch(given.lines, given.kv, host_.in);
    if (!batch.ok()) return Refuse("batch", batch.status());
    const auto client = MakeKvClient(endpoints, given.common);
    if (!client.ok()) return Refuse("batch", client.status());
    return RunBatch(**client, host_.interrupted, given.common, *batch, host_.out, host_.err);
  }

  ExitCode Refuse(const std::string& verb, const absl::Status& status) {
    host_.err << InputErrorLine(verb, status) << "\n";
    return kExitInvalidInput;
  }

  void RunCommand() {
    RunOptions& run = arguments_.run;
    CLI::App* sub =
        AddAdmin("run", "Load the cluster and report", "",
                 [this](AdminClient& client, const Arguments& given) {
                   return RunLoad(client, given.common, given.run, host_.out, host_.err);
                 });
    run.live = host_.terminal;
    sub->add_option("-n,--count", run.count,
                    "Operations; default 1000, or no end if --duration is given")
        ->check(CLI::NonNegativeNumber);
    sub->add_option("--duration", run.duration_s, "Seconds after which nothing more is sent");
    sub->add_option("--mode", run.mode, "Where operations go: first, round-robin or replica=I")
        ->capture_default_str();
    sub->add_option("--concurrency", run.concurrency, "Operations under way at any time")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    sub->add_option("--conflict", run.conflict_percent, "Percent of operations on one shared key")
        ->capture_default_str();
    sub->add_option("--reads", run.read_percent, "Percent of operations that read")
        ->capture_default_str();
    sub->add_option("--value-bytes", run.value_bytes, "Bytes of each value")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    sub->add_option("--seed", run.seed, "Of the choice of operations")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    sub->add_option("--history", run.history, "A file that gets each operation, to be checked");
    sub->add_option("--key-prefix", run.key_prefix,
                    "Before each key; default none, with --history the time of the run");
    sub->add_option("--warmup", run.warmup, "Writes before the measured operations")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
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

}  // namespace

int RunCli(const CliHost& host, int argc, const char* const* argv) {
  CLI::App app(
      "The client of an Althing cluster. Exit codes: 0 ok, 1 the answer is no, 2 unavailable, "
      "3 invalid input, 4 server error, 5 interrupted or unknown, 6 output, 64 usage.",
      "client");
  app.set_version_flag("--version", host.version);
  app.require_subcommand(1);
  app.fallthrough();
  Arguments arguments;
  Command command;
  Declaration declaration(app, arguments, host, command);
  declaration.All();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error, host.out, host.err) == 0) return Flush(host, kExitOk);
    return kExitUsage;
  }
  arguments.common.output = arguments.output == "json" ? OutputFormat::kJson : OutputFormat::kText;
  arguments.common.timeout = absl::Milliseconds(arguments.timeout_ms);
  absl::StatusOr<std::vector<Endpoint>> endpoints = Endpoints(host, arguments);
  if (!endpoints.ok()) {
    host.err << InputErrorLine("client", endpoints.status()) << "\n";
    return kExitInvalidInput;
  }
  return Flush(host, command(*endpoints, arguments));
}

}  // namespace althing
