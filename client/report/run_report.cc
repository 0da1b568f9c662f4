#include "client/report/run_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/report/run_figures.h"
#include "client/report/table.h"

namespace althing {
namespace {

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
  for (const auto& [name, q] : kRunQuantiles) {
    absl::StrAppend(&text, name, " ", Milliseconds(latency_ns.Quantile(q)), "  ");
  }
  return absl::StrCat(text, "max ", Milliseconds(latency_ns.max()));
}

// Of each kind apart, if there are several.
std::string KindLines(const LoadResult& result) {
  std::string text;
  int kinds = 0;
  for (size_t kind = 0; kind < kOpKinds; ++kind) {
    const Histogram& latency_ns = result.latency_of_ns[kind];
    if (latency_ns.count() == 0) continue;
    ++kinds;
    absl::StrAppend(&text, "  ", kOpKindNames[kind], ": ", LatencyText(latency_ns), "\n");
  }
  return kinds > 1 ? text : "";
}

std::string OperationsText(const LoadResult& result) {
  std::string text = absl::StrCat(WithCommas(result.finished), " (", WithCommas(result.writes),
                                  " writes, ", WithCommas(result.reads), " reads");
  if (result.modifies > 0) {
    absl::StrAppend(&text, ", ", WithCommas(result.modifies), " read-modify-writes");
  }
  return text + ")";
}

std::string PhaseLines(const RunReport& report) {
  if (report.phases.size() < 2) return "";
  std::string text = Line("phases", absl::StrCat(report.phases.size()));
  for (size_t i = 0; i < report.phases.size(); ++i) {
    const LoadResult& result = report.load.phases[i];
    const Phase& phase = report.phases[i];
    absl::StrAppendFormat(&text, "  %s, %s, %s %% reads: %.1f ops/s, p50 %s, p99 %s, errors %s\n",
                          phase.seconds ? absl::StrFormat("%g s", *phase.seconds) : "to the end",
                          phase.rate ? absl::StrFormat("%g/s", *phase.rate) : "closed",
                          Percent(phase.read_percent.value_or(report.workload.read_percent)),
                          PerSecond(result), Milliseconds(result.latency_ns.Quantile(0.5)),
                          Milliseconds(result.latency_ns.Quantile(0.99)),
                          WithCommas(result.finished - result.ok));
  }
  return text;
}

std::string ReadHitText(const LoadResult& result) {
  if (result.reads_ok == 0) return "none: no read succeeded";
  return absl::StrCat(Percent(Share(result.read_hits, result.reads_ok)),
                      " %: ", WithCommas(result.read_hits), " of ", WithCommas(result.reads_ok),
                      " reads found a value");
}

std::string LoopLines(const RunReport& report) {
  const std::string clients =
      report.clients > 1 ? absl::StrCat(" over ", report.clients, " clients") : "";
  if (!report.open_loop()) {
    return Line("loop", absl::StrCat("closed, concurrency ", report.concurrency, clients));
  }
  const Histogram& late_ns = report.load.all.late_ns;
  return absl::StrCat(
      Line("loop",
           absl::StrCat("open, at most ", WithCommas(report.concurrency), " under way", clients)),
      Line("sent",
           absl::StrFormat("%.1f of %.1f asked each second; p50 %s, p99 %s, at most %s "
                           "after their moment",
                           report.load.sent_per_second, AskedPerSecond(report),
                           Milliseconds(late_ns.Quantile(0.5)),
                           Milliseconds(late_ns.Quantile(0.99)), Milliseconds(late_ns.max()))));
}

std::string WorkloadText(const RunReport& report) {
  const WorkloadOptions& workload = report.workload;
  std::string keys = "";
  if (workload.keys.distribution != "new") {
    keys = absl::StrFormat(", %s%s over %s keys", workload.keys.distribution,
                           workload.keys.scrambled ? " (scrambled)" : "",
                           WithCommas(workload.keys.count));
    const std::string& name = workload.keys.distribution;
    if (name == "zipf" || name == "latest") absl::StrAppend(&keys, ", theta ", workload.keys.theta);
  }
  return absl::StrCat(Percent(workload.read_percent), " % reads, values of ", workload.value_bytes,
                      " bytes", keys, ", seed ", workload.seed, ", warm-up of ", report.warmup,
                      " writes");
}

std::string DebugLines(const RunReport& report) {
  std::string text;
  for (const std::string& warning : report.debug_warnings) {
    absl::StrAppend(&text, Line("DEBUG", warning));
  }
  const LoadResult& result = report.load.all;
  if (!result.interrupted) return text;
  return absl::StrCat(
      text, Line("interrupted",
                 absl::StrCat("yes, ", WithCommas(result.cancelled),
                              " operations were still under way: their outcome is unknown")));
}

}  // namespace

std::string RunReportText(const RunReport& report) {
  const LoadResult& result = report.load.all;
  std::string text = DebugLines(report);
  absl::StrAppend(&text, Line("operations", OperationsText(result)),
                  Line("ok", WithCommas(result.ok)),
                  Line("errors", WithCommas(result.finished - result.ok)), ErrorLines(result));
  if (result.left_out > 0) {
    absl::StrAppend(&text, Line("left out", absl::StrCat(WithCommas(result.left_out),
                                                         " operations, first or last")));
  }
  absl::StrAppend(
      &text,
      Line("duration", absl::StrFormat("%.3f s", static_cast<double>(result.duration_ns) / 1e9)),
      Line("throughput", absl::StrFormat("%.1f ops/s", PerSecond(result))),
      Line("latency", LatencyText(result.latency_ns)), KindLines(result), PhaseLines(report),
      Line("conflicts",
           absl::StrCat("asked ", Percent(report.workload.conflict_percent), " %, measured ",
                        Percent(Share(result.conflicts, result.finished)),
                        " % of the operations met another write of their key")),
      Line("read hits", ReadHitText(result)), Line("mode", report.mode), LoopLines(report),
      Line("workload", WorkloadText(report)),
      Line("cluster", absl::StrCat(report.replicas, " replicas, durability ", report.durability)),
      Line("client", absl::StrCat("version ", report.version, ", commit ", report.commit, "; ",
                                  InWords(report.machine))));
  if (!report.history.empty()) absl::StrAppend(&text, Line("history", report.history));
  return text;
}

std::string LiveLine(const LoadLive& now) {
  return absl::StrFormat("%.0f s  %s operations  %s ops/s  p50 %s  p99 %s  errors %s",
                         static_cast<double>(now.elapsed_ns) / 1e9, WithCommas(now.ended),
                         WithCommas(now.second.ok), Milliseconds(now.second.p50_ns),
                         Milliseconds(now.second.p99_ns), WithCommas(now.failed));
}

}  // namespace althing
