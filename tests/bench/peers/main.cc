// etcd_load: loads the members of an etcd as `client run` loads Althing, with the same loop, the
// same options and the same report.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "althing_commit.h"
#include "client/commands/run_files.h"
#include "client/commands/run_load.h"
#include "client/interrupt.h"
#include "client/outcome.h"
#include "tests/bench/peers/etcd_target.h"

namespace althing {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(10);

struct Arguments {
  std::string endpoints;
  uint32_t timeout_ms = 5000;
  std::string output = "text";
  RunOptions run;
};

ExitCode Refuse(const absl::Status& status) {
  std::cerr << InputErrorLine("etcd_load", status) << "\n";
  return kExitInvalidInput;
}

absl::Status Check(const RunOptions& options) {
  if (options.history || !options.partition_weights.empty() || options.mode != "round-robin") {
    return absl::InvalidArgumentError(
        "--history, --partition-weights and --mode mean nothing here. Leave them out");
  }
  return CheckRun(options);
}

ExitCode Load(const Arguments& given) {
  const RunOptions& options = given.run;
  if (const absl::Status checked = Check(options); !checked.ok()) return Refuse(checked);
  const std::vector<std::string> members = absl::StrSplit(given.endpoints, ',');
  EtcdTarget target(members, options.clients, absl::Milliseconds(given.timeout_ms));
  if (!target.Connect(kConnectTimeout)) {
    std::cerr << "error: etcd_load: a member cannot be connected to. Written: no. Check "
                 "--endpoints.\n";
    return kExitUnavailable;
  }
  RunFiles files(options);
  if (const absl::Status opened = files.Open(); !opened.ok()) return Refuse(opened);
  RunReport report;
  report.workload = WorkloadOf(options, options.key_prefix.value_or(""));
  report.mode = "round-robin";
  report.replicas = members.size();
  report.durability = "fsync";  // etcd has no other, but for --unsafe-no-fsync.
  DescribeRun(options, report);
  RunLoadOn(target, options,
            {InterruptPending, [&](const LoadAccess& access) { files.WriteAccess(access); }},
            report, std::cerr);
  std::cout << (given.output == "json" ? RunReportJson(report) : RunReportText(report));
  if (const absl::Status closed = files.Close(RunReportJson(report)); !closed.ok()) {
    std::cerr << "error: etcd_load: " << closed.message() << "\n";
    return kExitOutput;
  }
  const LoadResult& result = report.load.all;
  if (result.interrupted) return kExitUnknown;
  return result.ok < result.finished ? kExitServerError : kExitOk;
}

}  // namespace
}  // namespace althing

int main(int argc, char** argv) {
  althing::HoldInterrupts();
  setenv("GRPC_VERBOSITY", "NONE", 0);  // Its errors come as status codes, which we print.
  althing::Arguments given;
  given.run.mode = "round-robin";
  given.run.version = ALTHING_VERSION;
  given.run.commit = ALTHING_COMMIT;
  CLI::App app("Loads an etcd with the loop of `client run`; docs/client.md explains the options.");
  app.add_option("--endpoints", given.endpoints, "Client ports of the members: host:port,...")
      ->required();
  app.add_option("--timeout", given.timeout_ms, "Milliseconds that a call may take")
      ->capture_default_str();
  app.add_option("-o,--output", given.output, "How the report looks")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  althing::DeclareRun(app, given.run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? althing::kExitOk : althing::kExitUsage;
  }
  const absl::Status complete = althing::CompleteRun(
      [&app](const std::string& name) { return app.count(althing::RunFlag(name)) > 0; }, given.run);
  return complete.ok() ? althing::Load(given) : althing::Refuse(complete);
}
