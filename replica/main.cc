// The replica's process: read, listen, run, drain.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/util/json_util.h"
#include "pb/config_file.h"
#include "replica/core/check.h"
#include "replica/core/replica_core.h"
#include "replica/net/build_options.h"
#include "replica/net/exit_code.h"
#include "replica/net/file_limit.h"
#include "replica/net/growth.h"
#include "replica/net/grpc_log.h"
#include "replica/net/hello.h"
#include "replica/net/lifecycle.h"
#include "replica/net/metrics_file.h"
#include "replica/net/replica_log.h"
#include "replica/net/replica_server.h"
#include "replica/net/signals.h"
#include "replica/runtime/event_loop.h"
#include "replica/runtime/log_line.h"
#include "replica/runtime/steady_clock.h"

namespace althing {
namespace {

struct CommandLine {
  std::string config_path = "config.json";
  std::optional<uint32_t> id;
  bool print_config = false;
  bool check_config = false;
  std::map<std::string, std::string> flags;  // Field path -> text; only those that were given.
};

// No value: the process is to end with `exit_code`; all has been said.
std::optional<CommandLine> ReadCommandLine(int argc, char** argv, ExitCode* exit_code) {
  CommandLine line;
  CLI::App app("One replica of an Althing cluster.", "replica");
  app.set_version_flag("--version", "althing " ALTHING_VERSION);
  app.add_option("--config", line.config_path, "The cluster's configuration file")
      ->capture_default_str();
  app.add_option("--id", line.id, "Which of its replicas this is (required to run)");
  app.add_flag("--print-config", line.print_config, "Print each value and its origin, and end");
  app.add_flag("--check-config", line.check_config, "End with 0 if the file is right, else 78");
  std::map<std::string, std::string> values;
  for (const std::string& path : ConfigFieldPaths()) {
    app.add_option("--" + path, values[path], "Also " + EnvironmentName(path))
        ->type_name("VALUE")
        ->group("Instead of the file's values");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool wrong = error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success);
    app.exit(error, std::cout, std::cerr);
    *exit_code = wrong ? ExitCode::kUsage : ExitCode::kOk;
    return std::nullopt;
  }
  for (const auto& [path, value] : values) {
    if (app.count("--" + path) > 0) line.flags[path] = value;
  }
  if (!line.id.has_value() && !line.print_config && !line.check_config) {
    std::cerr << "--id is missing: give the id of one of the replicas in " << line.config_path
              << "\n";
    *exit_code = ExitCode::kUsage;
    return std::nullopt;
  }
  return line;
}

void LogBanner(const LoadedConfig& loaded, const Quorums& quorums, MemberIndex self) {
  const v1::Config& config = loaded.config;
  const v1::ReplicaConfig& own = config.replicas(self.value);
  std::vector<uint32_t> fast_quorum;
  for (const MemberIndex member : quorums.FastQuorum(self)) {
    fast_quorum.push_back(config.replicas(member.value).id());
  }
  LogInfo("start", {{"version", ALTHING_VERSION},
                    {"cluster", config.cluster_id()},
                    {"config", loaded.path},
                    {"host", own.host()},
                    {"client_port", own.client_port()},
                    {"peer_port", own.peer_port()},
                    {"n", quorums.n()},
                    {"f", quorums.f()},
                    {"e", quorums.e()},
                    {"partitions", config.partitions()},
                    {"durability", config.durability()},
                    {"thrifty", config.thrifty()},
                    {"fast_quorum", absl::StrJoin(fast_quorum, ",")}});
  for (const std::string& warning : DebugWarnings(config)) {
    LogWarn("debug_setting", {{"not_for_production", warning}});
  }
}

std::string ArgumentsJson(const v1::Config& config) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(config, &json, options).ok());
  return json;
}

ExitCode Fail(const absl::Status& status, ExitCode code) {
  LogError("failed", {{"why", status.message()}});
  return code;
}

absl::StatusOr<std::unique_ptr<ReplicaServer>> StartServer(const LoadedConfig& loaded,
                                                           const Quorums& quorums, MemberIndex self,
                                                           ReplicaLog& log,
                                                           const ReplicaServer::Parts& parts) {
  auto server = ReplicaServer::Start(
      {.config = loaded.config,
       .quorums = quorums,
       .self = self,
       .store_id = log.store_id(),
       .incarnation = log.incarnation(),
       .known_peers = log.known_peers(),
       .remember_peer = [&log](ReplicaId id,
                               const StoreOfPeer& store) { log.RememberPeer(id, store); },
       .durability = std::string(log.log().durability()),
       .version = ALTHING_VERSION,
       .debug_warnings = DebugWarnings(loaded.config)},
      parts);
  ForwardGrpcErrors();
  return server;
}

absl::Status WriteMetrics(const std::string& path, const Metrics& metrics) {
  const absl::Status status = WriteMetricsFile(path, metrics.ToJson());
  if (status.ok()) {
    LogInfo("metrics_written", {{"path", path}});
  } else {
    LogError("metrics_not_written", {{"why", status.message()}});
  }
  return status;
}

// Until the replica is told to stop.
ExitCode RunLoop(const v1::Config& config, const std::string& metrics_path, Metrics& metrics,
                 EventLoop& loop, ReplicaServer& server, ReplicaLog& log) {
  Lifecycle lifecycle(int64_t{config.timing().drain_ms()} * 1'000'000,
                      {.take_signal = TakeSignal,
                       .refuse_proposals =
                           [&](std::string why) {
                             server.Drain();
                             loop.RefuseProposals(std::move(why));
                           },
                       .open_calls = [&] { return server.open_calls(); },
                       .close_streams = [&] { server.CloseStreams(); },
                       .streams_closed = [&] { return server.streams_closed(); },
                       .memory_lost = [&] { return server.memory_lost(); },
                       .write_metrics = [&] { WriteMetrics(metrics_path, metrics).IgnoreError(); },
                       .stop = [&] { loop.Stop(); }});
  server.set_explain([&](const v1::ExplainRequest& request) { return loop.Explain(request); });
  Growth growth(
      {.memory_mib_max = config.memory().alarm_mib(),
       .storage_mib_max = config.storage().alarm_mib()},
      log.directory(), [&] { return log.MeasureSizes(); }, metrics);
  server.set_warnings([&] { return growth.warnings(); });
  server.set_on_time([&](int64_t now_ns) {
    lifecycle.OnTime(now_ns);
    growth.OnTime(now_ns);
  });
  if (log.keeps()) loop.BeginRun();
  log.set_on_durable([&] { server.Wake(); });
  loop.Run();
  if (log.keeps()) loop.EndRun();
  server.Stop();
  // Last: until the streams have ended a peer may come that is to be remembered.
  CHECK(log.Close().ok());  // A failure would have ended the process.
  const bool written = WriteMetrics(metrics_path, metrics).ok();
  LogInfo("stopped", {});
  if (lifecycle.exit_code() == ExitCode::kOk && !written) return ExitCode::kCannotWrite;
  return lifecycle.exit_code();
}

ExitCode RunReplica(const LoadedConfig& loaded, const Quorums& quorums, MemberIndex self) {
  const v1::Config& config = loaded.config;
  const absl::StatusOr<LogLevel> log_level = ParseLogLevel(config.log().level());
  CHECK(log_level.ok());  // The schema knows the same names.
  StartLog(ReplicaId{config.replicas(self.value).id()}, *log_level);
  LogBanner(loaded, quorums, self);
  const uint64_t open_files = RaiseOpenFileLimit();
  if (open_files < kOpenFilesWanted) {
    LogWarn("few_open_files", {{"limit", open_files}, {"wanted", kOpenFilesWanted}});
  }
  SteadyClock clock;
  const auto log = ReplicaLog::Open(config, quorums, self);
  if (!log.ok()) return Fail(log.status(), ReplicaLog::ExitCodeOf(log.status()));
  Channel channel(config.partitions(), config.queues().client_messages_max(),
                  config.queues().peer_messages_max());
  Metrics metrics(quorums.n(), config.partitions(), ArgumentsJson(config));
  Trace trace(self);
  const std::string metrics_path =
      MetricsPath(config.directories().metrics(), ReplicaId{config.replicas(self.value).id()});
  // Now, and not when the replica ends: then nobody could mend it any more.
  const absl::Status writable = CheckMetricsFile(metrics_path);
  if (!writable.ok()) return Fail(writable, ExitCode::kConfig);
  const absl::StatusOr<uint32_t> level = trace.SetLevel(config.debug().trace_level());
  if (!level.ok()) return Fail(level.status(), ExitCode::kConfig);
  Scheduler<MsgContainer> incoming;
  const absl::Status known = incoming.Use(config.schedulers().incoming());
  if (!known.ok()) return Fail(known, ExitCode::kConfig);
  ReplicaCore core(MakeCoreOptions(config, quorums, self));
  const absl::Status restored = (*log)->Restore(core, TakeStopSignal);
  if (absl::IsCancelled(restored)) {
    LogInfo("stopped", {{"why", "a signal came while the log was read"}});
    return ExitCode::kOk;
  }
  if (!restored.ok()) return Fail(restored, ReplicaLog::ExitCodeOf(restored));

  const auto server =
      StartServer(loaded, quorums, self, **log, {core, channel, clock, metrics, trace, incoming});
  if (!server.ok()) {
    // Nothing was said in this run: it must not look like one that was cut short.
    CHECK((*log)->Close().ok());  // A failure would have ended the process.
    const bool busy = absl::IsUnavailable(server.status());
    return Fail(server.status(), busy ? ExitCode::kCannotListen : ExitCode::kConfig);
  }
  EventLoopOptions options = MakeEventLoopOptions(config, quorums, self);
  if ((*log)->keeps()) options.refusal = [&](int64_t now_ns) { return (*log)->NoRoom(now_ns); };
  EventLoop loop(options, {core, (*log)->log(), channel, incoming, (*server)->source(), **server,
                           clock, metrics, trace});
  return RunLoop(config, metrics_path, metrics, loop, **server, **log);
}

ExitCode Main(int argc, char** argv) {
  ExitCode exit_code = ExitCode::kOk;
  const std::optional<CommandLine> line = ReadCommandLine(argc, argv, &exit_code);
  if (!line.has_value()) return exit_code;
  // Until the ports are ours: what gRPC would say about them is said in one line by Start.
  SilenceGrpcLog();
  const absl::StatusOr<LoadedConfig> loaded =
      LoadConfig(line->config_path, AlthingEnvironment(), line->flags);
  if (!loaded.ok()) {
    std::cerr << loaded.status().message() << "\n";
    return ExitCode::kConfig;
  }
  const absl::StatusOr<Quorums> quorums = MakeQuorums(loaded->config);
  if (!quorums.ok()) {
    std::cerr << line->config_path << ": " << quorums.status().message() << "\n";
    return ExitCode::kConfig;
  }
  if (line->print_config) std::cout << DescribeConfig(*loaded);
  if (line->print_config || line->check_config) return ExitCode::kOk;
  const std::optional<MemberIndex> self = FindMember(loaded->config, ReplicaId{*line->id});
  if (!self.has_value()) {
    std::cerr << "--id " << *line->id << ": no replica in " << line->config_path
              << " has this id; correct the flag or add the replica\n";
    return ExitCode::kConfig;
  }
  return RunReplica(*loaded, *quorums, *self);
}

}  // namespace
}  // namespace althing

int main(int argc, char** argv) {
  althing::BlockSignals();
  try {
    return static_cast<int>(althing::Main(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "internal error: " << error.what() << ". Please report it with the log.\n";
    return static_cast<int>(althing::ExitCode::kInternal);
  }
}
