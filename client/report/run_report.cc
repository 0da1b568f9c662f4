#include "client/report/run_report.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/report/table.h"

namespace althing {
namespace {

constexpr std::pair<const char*, double> kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

double Share(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double PerSecond(uint64_t count, int64_t duration_ns) {
  return duration_ns <= 0 ? 0 : static_cast<double>(count) * 1e9 / static_cast<double>(duration_ns);
}

std::string Milliseconds(uint64_t ns) {
  return absl::StrFormat("%.3f ms", static_cast<double>(ns) / 1e6);
}

std::string Line(absl::string_view name, absl::string_view text) {
  return absl::StrFormat("%-12s %s\n", name, text);
}

std::string ErrorLines(const LoadResult& result) {
  std::string text;
  for (const auto& [code, count] : result.errors) {
    absl::StrAppend(
        &text, "  ", absl::StatusCodeToString(code), ": ", WithCommas(count),
        ", the first: ", absl::StrReplaceAll(result.error_texts.at(code), {{"\n", " "}}), "\n");
  }
  return text;
}

std::string LatencyText(const Histogram& latency_ns) {
  if (latency_ns.count() == 0) return "none: no operation succeeded";
  std::string text;
  for (const auto& [name, q] : kQuantiles) {
    absl::StrAppend(&text, name, " ", Milliseconds(latency_ns.Quantile(q)), "  ");
  }
  absl::StrAppend(&text, "max ", Milliseconds(latency_ns.max()));
  return text;
}

std::string ReadHitText(const LoadResult& result) {
  if (result.reads_ok == 0) return "none: no read succeeded";
  return absl::StrCat(Percent(Share(result.read_hits, result.reads_ok)),
                      " %: ", WithCommas(result.read_hits), " of ", WithCommas(result.reads_ok),
                      " reads found a value");
}

}  // namespace

std::string RunReportText(const RunReport& report) {
  const LoadResult& result = report.result;
  std::string text;
  for (const std::string& warning : report.debug_warnings) {
    absl::StrAppend(&text, Line("DEBUG", warning));
  }
  if (result.interrupted) {
    absl::StrAppend(
        &text, Line("interrupted",
                    absl::StrCat("yes, ", WithCommas(result.cancelled),
                                 " operations were still under way: their outcome is unknown")));
  }
  absl::StrAppend(
      &text,
      Line("operations", absl::StrCat(WithCommas(result.finished), " (", WithCommas(result.writes),
                                      " writes, ", WithCommas(result.reads), " reads)")),
      Line("ok", WithCommas(result.ok)), Line("errors", WithCommas(result.finished - result.ok)),
      ErrorLines(result),
      Line("duration", absl::StrFormat("%.3f s", static_cast<double>(result.duration_ns) / 1e9)),
      Line("throughput", absl::StrFormat("%.1f ops/s", PerSecond(result.ok, result.duration_ns))),
      Line("latency", LatencyText(result.latency_ns)),
      Line("conflicts",
           absl::StrCat("asked ", Percent(report.workload.conflict_percent), " %, measured ",
                        Percent(Share(result.conflicts, result.finished)),
                        " % of the operations met another write of their key")),
      Line("read hits", ReadHitText(result)), Line("mode", report.mode),
      Line("loop", absl::StrCat("closed, concurrency ", report.concurrency)),
      Line("workload",
           absl::StrCat(Percent(report.workload.read_percent), " % reads, values of ",
                        report.workload.value_bytes, " bytes, seed ", report.workload.seed,
                        ", warm-up of ", report.warmup, " writes")),
      Line("cluster", absl::StrCat(report.replicas, " replicas, durability ", report.durability)));
  if (!report.history.empty()) absl::StrAppend(&text, Line("history", report.history));
  return text;
}

std::string RunReportJson(const RunReport& report) {
  const LoadResult& result = report.result;
  nlohmann::ordered_json latency;
  for (const auto& [name, q] : kQuantiles) latency[name] = result.latency_ns.Quantile(q);
  latency["max"] = result.latency_ns.max();
  nlohmann::ordered_json errors = nlohmann::ordered_json::object();
  for (const auto& [code, count] : result.errors) errors[absl::StatusCodeToString(code)] = count;
  nlohmann::ordered_json object = {
      {"operations", result.finished},
      {"writes", result.writes},
      {"reads", result.reads},
      {"ok", result.ok},
      {"errors", errors},
      {"interrupted", result.interrupted},
      {"cancelled", result.cancelled},
      {"duration_seconds", static_cast<double>(result.duration_ns) / 1e9},
      {"operations_per_second", PerSecond(result.ok, result.duration_ns)},
      {"latency_ns", latency},
      {"conflict_percent_asked", report.workload.conflict_percent},
      {"conflict_percent_measured", Share(result.conflicts, result.finished)},
      {"read_hits", result.read_hits},
      {"read_hit_percent", Share(result.read_hits, result.reads_ok)},
      {"mode", report.mode},
      {"loop", "closed"},
      {"concurrency", report.concurrency},
      {"read_percent", report.workload.read_percent},
      {"value_bytes", report.workload.value_bytes},
      {"seed", report.workload.seed},
      {"warmup", report.warmup},
      {"replicas", report.replicas},
      {"durability", report.durability},
      {"debug_warnings", report.debug_warnings}};
  if (!report.history.empty()) object["history"] = report.history;
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string LiveLine(const LoadResult& before, const LoadResult& now) {
  return absl::StrFormat(
      "%.0f s  %s operations  %.0f ops/s  p50 %s  p99 %s  errors %s",
      static_cast<double>(now.duration_ns) / 1e9, WithCommas(now.finished),
      PerSecond(now.finished - before.finished, now.duration_ns - before.duration_ns),
      Milliseconds(now.latency_ns.Quantile(0.5)), Milliseconds(now.latency_ns.Quantile(0.99)),
      WithCommas(now.finished - now.ok));
}

}  // namespace althing
