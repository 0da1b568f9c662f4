#include "client/cli.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "client/client.h"
#include "client/commands/admin_command.h"
#include "client/commands/debug_command.h"
#include "client/commands/kv_command.h"
#include "client/commands/kv_options.h"
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
  std::string encoding = "utf8";
  RunOptions run;
  std::optional<uint32_t> level;
  ExplainOptions explain;
  TraceShowOptions trace_show;
  std::optional<std::string> incoming;
  std::optional<std::string> outgoing;
};

using Command = std::function<ExitCode(Client&, const Arguments&)>;

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

  void KeyCommands() {
    const std::tuple<const char*, const char*, v1::Operation> verbs[] = {
        {"put", "Set a key to a value; prints OK", v1::OPERATION_PUT},
        {"append", "Put a value behind what a key holds; prints OK", v1::OPERATION_APPEND},
        {"get", "Print a key's value; a missing key is exit 1", v1::OPERATION_GET},
        {"del", "Remove a key's value; prints how many were removed", v1::OPERATION_DELETE}};
    for (const auto& [name, what, operation] : verbs) {
      CLI::App* sub =
          Add(name, what, "Ask this replica; default: the first that can be connected to",
              [this, name = name, operation = operation](Client& client, const Arguments& given) {
                return RunKeyCommand(client, given, name, operation);
              });
      KvOptions& kv = arguments_.kv;
      sub->add_option("KEY", kv.key, "The key")->required();
      AddEncoding(*sub, "How KEY, VALUE, --if-value and a printed value are written");
      if (operation == v1::OPERATION_PUT || operation == v1::OPERATION_APPEND) {
        CLI::App* value = sub->add_option_group("value");
        value->add_option("VALUE", kv.value, "The value; after -- it may begin with a dash");
        value->add_option("--value-file", kv.value_file,
                          "The value's bytes are those of this file; - is standard input");
        value->require_option(1);
      }
      if (operation != v1::OPERATION_GET) Conditions(*sub);
    }
  }

  void Conditions(CLI::App& sub) {
    KvOptions& kv = arguments_.kv;
    CLI::App* condition = sub.add_option_group("condition");
    condition->add_option("--if-version", kv.if_version,
                          "Only if this is the key's version; 0: only if it has no value");
    condition->add_option("--if-value", kv.if_value, "Only if the key has exactly this value");
    condition->add_flag("--if-absent", kv.if_absent, "Only if the key has no value");
    condition->require_option(0, 1);
  }

  ExitCode RunKeyCommand(Client& client, const Arguments& given, const char* verb,
                         v1::Operation operation) {
    KvOptions options = given.kv;
    options.operation = operation;
    options.encoding = GivenEncoding(given);
    const absl::StatusOr<v1::Command> command = MakeCommand(options, host_.in);
    if (!command.ok()) {
      host_.err << InputErrorLine(verb, command.status()) << "\n";
      return kExitInvalidInput;
    }
    return RunKv(client, given.common, *command, options.encoding, host_.out, host_.err);
  }

  void RunCommand() {
    RunOptions& run = arguments_.run;
    CLI::App* sub = Add("run", "Load the cluster and report", "",
                        [this](Client& client, const Arguments& given) {
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
    Add("status", "Show the health of the cluster; exit 0 only if it is healthy", "",
        [this](Client& client, const Arguments& given) {
          return RunStatus(client, given.common, host_.out, host_.err);
        });
    Add("metrics", "Print what the replicas have counted, as JSON",
        "Ask this replica only; default: all", [this](Client& client, const Arguments& given) {
          return RunMetrics(client, given.common, host_.out, host_.err);
        });
    CLI::App* trace =
        Add("trace", "Show or set how much the replicas write about their messages",
            "This replica only; default: all", [this](Client& client, const Arguments& given) {
              return RunTrace(client, given.common, given.level, host_.out, host_.err);
            });
    trace->add_option("--level", arguments_.level,
                      "0 off, 1 a line per message, 2 also ballots and deps, 9 everything");
    TraceShow(*trace);
    CLI::App* scheduler =
        Add("scheduler", "Show or set the order in which the replicas take and send messages",
            "This replica only; default: all", [this](Client& client, const Arguments& given) {
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
        "", [this](Client& client, const Arguments& given) {
          return RunTraceShow(client, given.common, given.trace_show, host_.out, host_.err);
        });
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
    CLI::App* explain =
        Add("explain",
            "Show what an instance, or those that touch a key, wait for. A KEY that looks like an "
            "instance (0.17) is a key: instances are named with --instance",
            "Ask this replica only; default: all", [this](Client& client, const Arguments& given) {
              ExplainOptions options = given.explain;
              options.encoding = GivenEncoding(given);
              return RunExplain(client, given.common, options, host_.out, host_.err);
            });
    CLI::App* what = explain->add_option_group("what");
    what->add_option("KEY", options.key, "The key");
    what->add_option("--instance", options.instance, "An instance instead of a key, as in 0.17");
    what->require_option(1);
    explain->add_option("-p,--partition", options.partition, "Of the instance")
        ->capture_default_str();
    AddEncoding(*explain, "How KEY is written");
  }

  void AddEncoding(CLI::App& sub, const std::string& what) {
    sub.add_option("--encoding", arguments_.encoding, what)
        ->check(CLI::IsMember({"utf8", "hex", "base64"}))
        ->capture_default_str();
  }
  static Encoding GivenEncoding(const Arguments& given) {
    return given.encoding == "hex"      ? Encoding::kHex
           : given.encoding == "base64" ? Encoding::kBase64
                                        : Encoding::kUtf8;
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
  Client client(*std::move(endpoints), host.interrupted);
  return Flush(host, command(client, arguments));
}

}  // namespace althing
