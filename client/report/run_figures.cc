#include "client/report/run_figures.h"

#include <nlohmann/json.hpp>

namespace althing {
namespace {

using Json = nlohmann::ordered_json;

Json QuantilesJson(const Histogram& latency_ns) {
  Json object;
  for (const auto& [name, q] : kRunQuantiles) object[name] = latency_ns.Quantile(q);
  object["max"] = latency_ns.max();
  return object;
}

Json ErrorsJson(const LoadResult& result) {
  Json errors = Json::object();
  for (const auto& [code, count] : result.errors) errors[absl::StatusCodeToString(code)] = count;
  return errors;
}

// What is counted of a run and of each of its phases.
Json ResultJson(const LoadResult& result) {
  Json object = {{"operations", result.finished},
                 {"writes", result.writes},
                 {"reads", result.reads},
                 {"read_modify_writes", result.modifies},
                 {"ok", result.ok},
                 {"errors", ErrorsJson(result)},
                 {"left_out", result.left_out},
                 {"duration_seconds", static_cast<double>(result.duration_ns) / 1e9},
                 {"operations_per_second", PerSecond(result)},
                 {"latency_ns", QuantilesJson(result.latency_ns)}};
  for (size_t kind = 0; kind < kOpKinds; ++kind) {
    const Histogram& latency_ns = result.latency_of_ns[kind];
    if (latency_ns.count() == 0) continue;
    Json& of_kind = object["latency_of_ns"][kOpKindNames[kind]] = QuantilesJson(latency_ns);
    of_kind["count"] = latency_ns.count();
  }
  return object;
}

Json PhasesJson(const RunReport& report) {
  Json list = Json::array();
  for (size_t i = 0; i < report.load.phases.size(); ++i) {
    Json phase = ResultJson(report.load.phases[i]);
    if (report.phases[i].rate) phase["rate"] = *report.phases[i].rate;
    phase["read_percent"] = report.phases[i].read_percent.value_or(report.workload.read_percent);
    list.push_back(phase);
  }
  return list;
}

Json SecondsJson(const RunReport& report) {
  Json list = Json::array();
  for (const LoadSecond& second : report.load.seconds) {
    list.push_back({{"sent", second.sent},
                    {"ok", second.ok},
                    {"failed", second.failed},
                    {"p50_ns", second.p50_ns},
                    {"p99_ns", second.p99_ns},
                    {"max_ns", second.max_ns}});
  }
  return list;
}

void AddPlace(const RunReport& report, Json& object) {
  object["replicas"] = report.replicas;
  object["partitions"] = report.partitions;
  object["durability"] = report.durability;
  object["debug_warnings"] = report.debug_warnings;
  object["replica_version"] = report.replica_version;
  object["client_version"] = report.version;
  object["commit"] = report.commit;
  object["machine"] = {{"cores", report.machine.cores},
                       {"cpu", report.machine.cpu},
                       {"memory_mib", report.machine.memory_mib},
                       {"kernel", report.machine.kernel}};
  object["started_unix_seconds"] = report.started_unix_s;
  object["config"] = report.options;
}

}  // namespace

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double PerSecond(const LoadResult& result) {
  if (result.duration_ns <= 0) return 0;
  return static_cast<double>(result.answered) * 1e9 / static_cast<double>(result.duration_ns);
}

double AskedPerSecond(const RunReport& report) {
  double operations = 0, seconds = 0;
  for (const Phase& phase : report.phases) {
    // Without an end: the only phase or the last one, whose rate has the say.
    if (!phase.seconds) return phase.rate.value_or(0);
    operations += phase.rate.value_or(0) * *phase.seconds;
    seconds += *phase.seconds;
  }
  return seconds > 0 ? operations / seconds : 0;
}

std::string RunReportJson(const RunReport& report) {
  const LoadResult& result = report.load.all;
  Json object = ResultJson(result);
  object["interrupted"] = result.interrupted;
  object["cancelled"] = result.cancelled;
  object["conflict_percent_asked"] = report.workload.conflict_percent;
  object["conflict_percent_measured"] = Share(result.conflicts, result.finished);
  object["read_hits"] = result.read_hits;
  object["read_hit_percent"] = Share(result.read_hits, result.reads_ok);
  object["mode"] = report.mode;
  object["loop"] = report.open_loop() ? "open" : "closed";
  object["clients"] = report.clients;
  object["concurrency"] = report.concurrency;
  if (report.open_loop()) {
    object["asked_per_second"] = AskedPerSecond(report);
    object["sent_per_second"] = report.load.sent_per_second;
    object["late_ns"] = QuantilesJson(result.late_ns);
  }
  object["read_percent"] = report.workload.read_percent;
  object["value_bytes"] = report.workload.value_bytes;
  object["seed"] = report.workload.seed;
  object["warmup"] = report.warmup;
  AddPlace(report, object);
  if (report.phases.size() > 1) object["phases"] = PhasesJson(report);
  object["seconds"] = SecondsJson(report);
  object["latency_histogram_ns"] = result.latency_ns.Counts();
  if (!report.history.empty()) object["history"] = report.history;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace althing
