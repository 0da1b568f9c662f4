#include "client/commands/run_command.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/althing_target.h"
#include "client/commands/chosen.h"
#include "client/commands/run_files.h"
#include "client/commands/run_load.h"

namespace althing {
namespace {

constexpr absl::Duration kConnectTimeout = absl::Seconds(1);

std::string KeyPrefix(const RunOptions& options) {
  if (options.key_prefix || !options.history) return options.key_prefix.value_or("");
  return absl::StrFormat("%x.", absl::ToUnixMicros(absl::Now()));
}

absl::StatusOr<Route> RouteOf(const AdminClient& client, absl::string_view mode) {
  if (mode == "first") return Route{0};
  if (mode == "round-robin") return ChosenEndpoints(client, {});
  uint32_t replica = 0;
  if (!absl::ConsumePrefix(&mode, "replica=") || !absl::SimpleAtoi(mode, &replica)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no mode \"", mode, "\". Choose first, round-robin or replica=I"));
  }
  return ChosenEndpoints(client, {.replica = replica});
}

// One run, from its options to its report.
class Run {
 public:
  Run(AdminClient& client, const CommonOptions& common, const RunOptions& options, Route route,
      std::ostream& out, std::ostream& err)
      : client_(client),
        common_(common),
        options_(options),
        route_(std::move(route)),
        files_(options_),
        out_(out),
        err_(err),
        clients_{&client} {}

  ExitCode Do() {
    if (const absl::Status opened = files_.Open(); !opened.ok()) return Refuse(opened);
    if (!ConnectAll()) return NobodyThere();
    report_.workload = WorkloadOf(options_, KeyPrefix(options_));
    AskCluster();
    if (const absl::Status ready = MatchPartitions(); !ready.ok()) return Refuse(ready);
    Describe();
    Load();
    return Report();
  }

 private:
  ExitCode Refuse(const absl::Status& status) {
    err_ << InputErrorLine("run", status) << "\n";
    return kExitInvalidInput;
  }

  ExitCode NobodyThere() {
    if (client_.interrupted()) {
      err_ << "error: run: interrupted before the first operation. Written: no.\n";
      return kExitUnknown;
    }
    err_ << "error: run: no replica can be connected to. Written: no. Check that the replicas run "
            "and that --config or --endpoints names their client ports.\n";
    return kExitUnavailable;
  }

  // Connects beforehand, so that no latency contains it. False if nothing is there to be loaded.
  bool ConnectAll() {
    for (uint64_t i = 1; i < options_.clients; ++i) {
      more_clients_.push_back(std::make_unique<AdminClient>(
          client_.endpoints(), [this] { return client_.interrupted(); }));
      clients_.push_back(more_clients_.back().get());
    }
    bool any = false;
    for (AdminClient* client : clients_) {
      for (size_t endpoint : route_) {
        if (client->Connect(endpoint, std::min(common_.timeout, kConnectTimeout))) {
          any = true;
        } else if (!client_.interrupted() && client == clients_.front()) {
          err_ << "run: " << althing::Describe(client_.endpoints()[endpoint])
               << " cannot be connected to: operations sent there will fail. Start it, or leave it "
                  "out with --endpoints or --mode.\n";
        }
      }
      if (!any) return false;
    }
    return any;
  }

  void AskCluster() {
    report_.replicas = client_.endpoints().size();
    report_.durability = "unknown";
    for (const auto& answer : client_.Status(route_, common_.timeout)) {
      if (!answer.status.ok()) continue;
      report_.replicas = answer.reply.members();
      report_.partitions = answer.reply.partitions();
      report_.durability = answer.reply.durability();
      report_.replica_version = answer.reply.version();
      for (const std::string& warning : answer.reply.debug_warnings()) {
        auto& known = report_.debug_warnings;
        if (std::find(known.begin(), known.end(), warning) == known.end()) known.push_back(warning);
      }
    }
  }

  // Weights need to know where keys lie.
  absl::Status MatchPartitions() {
    const size_t weights = options_.partition_weights.size();
    if (weights == 0) return absl::OkStatus();
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMilliseconds(common_.timeout));
    v1::DescribeReply reply;
    const grpc::Status status = client_.kv(route_.front()).Describe(&context, {}, &reply);
    if (!status.ok()) {
      return absl::UnavailableError(
          "the replica does not say how keys are partitioned. Try again, or leave out "
          "--partition-weights");
    }
    report_.workload.hash_seed = reply.hash_seed();
    if (reply.partitions() == weights) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("--partition-weights are ", weights,
                                                   ", but the cluster has ", reply.partitions(),
                                                   " partitions. Give each one a weight"));
  }

  void Describe() {
    report_.history = options_.history.value_or("");
    report_.mode = options_.mode == "first"
                       ? absl::StrCat("first: ", althing::Describe(client_.endpoints().front()))
                       : options_.mode;
    DescribeRun(options_, report_);
  }

  void Load() {
    AlthingTarget target(clients_, route_, common_.timeout);
    const auto on_access = [this, &target](const LoadAccess& access) {
      if (options_.csv) files_.WriteAccess(access);
      if (!options_.history) return;
      files_.WriteHistory(target.History(access.slot, access.sent_ns, access.ended_ns));
    };
    RunLoadOn(target, options_, {[this] { return client_.interrupted(); }, on_access}, report_,
              err_);
  }

  ExitCode Report() {
    out_ << (common_.json() ? RunReportJson(report_) : RunReportText(report_));
    const LoadResult& result = report_.load.all;
    if (result.ok < result.finished) {
      err_ << "error: run: " << result.finished - result.ok << " of " << result.finished
           << " operations failed. The report names their codes; docs/client.md says for each "
              "whether the write happened.\n";
    }
    if (const absl::Status closed = files_.Close(RunReportJson(report_)); !closed.ok()) {
      err_ << "error: run: " << closed.message() << "\n";
      return kExitOutput;
    }
    if (result.interrupted) return kExitUnknown;
    return result.ok < result.finished ? kExitServerError : kExitOk;
  }

  AdminClient& client_;
  const CommonOptions& common_;
  const RunOptions options_;
  const Route route_;
  RunFiles files_;
  std::ostream& out_;
  std::ostream& err_;
  std::vector<std::unique_ptr<AdminClient>> more_clients_;
  std::vector<AdminClient*> clients_;
  RunReport report_;
};

}  // namespace

ExitCode RunLoad(AdminClient& client, const CommonOptions& common, const RunOptions& options,
                 std::ostream& out, std::ostream& err) {
  absl::StatusOr<Route> route = RouteOf(client, options.mode);
  if (const absl::Status checked = CheckRun(options); !checked.ok()) route = checked;
  if (!route.ok()) {
    err << InputErrorLine("run", route.status()) << "\n";
    return kExitInvalidInput;
  }
  return Run(client, common, options, *std::move(route), out, err).Do();
}

}  // namespace althing
