#include "tests/bench/crash/crash_picture.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace althing {
namespace {

constexpr double kWidth = 980, kLeft = 74, kRight = 24, kLineHeight = 19;
constexpr double kTop = 84, kPanelHeight = 200, kBetween = 52;
// Told apart by all eyes, and in grey too.
constexpr char kSharedColour[] = "#d55e00", kOtherColour[] = "#0072b2";
constexpr double kLatencyMsMin = 0.1;

std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}});
}

std::string Text(double x, double y, const std::string& text, const std::string& more = "") {
  return absl::StrFormat("<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, more, Escaped(text));
}

std::string Line(double x1, double y1, double x2, double y2, const std::string& style) {
  return absl::StrFormat("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1, x2,
                         y2, style);
}

// One panel's place; values are told by their height above its foot, 0 to 1.
struct Panel {
  double top;
  int64_t from_ms, to_ms;

  double X(double ms) const {
    return kLeft + (kWidth - kLeft - kRight) * (ms - static_cast<double>(from_ms)) /
                       static_cast<double>(to_ms - from_ms);
  }
  double Y(double height) const { return top + kPanelHeight * (1 - std::clamp(height, 0.0, 1.0)); }

  std::string TimeAxis() const {
    std::string axis;
    const int64_t step = to_ms - from_ms > 12'000 ? 2000 : to_ms - from_ms > 6000 ? 1000 : 500;
    for (int64_t ms = from_ms / step * step; ms <= to_ms; ms += step) {
      const double x = X(static_cast<double>(ms));
      if (ms < from_ms) continue;
      axis += Line(x, Y(0), x, Y(1), "stroke=\"#eee\"");
      axis += Text(x, Y(0) + 17, absl::StrFormat("%g", static_cast<double>(ms) / 1000),
                   "text-anchor=\"middle\"");
    }
    return axis + Line(kLeft, Y(0), kWidth - kRight, Y(0), "stroke=\"#333\"");
  }
  std::string Mark(double height, const std::string& label) const {
    return Line(kLeft, Y(height), kWidth - kRight, Y(height), "stroke=\"#ddd\"") +
           Text(kLeft - 8, Y(height) + 4, label, "text-anchor=\"end\"");
  }
};

// Of 1, 2 and 5 times a power of ten.
double NiceAtLeast(double value) {
  const double power = std::pow(10, std::floor(std::log10(std::max(value, 1.0))));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= value) return factor * power;
  }
  return 10 * power;
}

std::string Throughput(const Panel& panel, const std::vector<CrashWindow>& windows) {
  double most = 0;
  for (const CrashWindow& window : windows) most = std::max(most, window.per_second);
  const double full = NiceAtLeast(most * 1.05);
  std::string picture = panel.TimeAxis();
  constexpr int kMarks = 5;
  for (int i = 0; i <= kMarks; ++i) {
    picture +=
        panel.Mark(static_cast<double>(i) / kMarks, absl::StrFormat("%g", full * i / kMarks));
  }
  std::string steps =
      absl::StrFormat("M%.1f %.1f", panel.X(static_cast<double>(panel.from_ms)), panel.Y(0));
  for (const CrashWindow& window : windows) {
    absl::StrAppendFormat(&steps, "V%.1fH%.1f", panel.Y(window.per_second / full),
                          panel.X(static_cast<double>(window.from_ms + kCrashWindowMs)));
  }
  absl::StrAppendFormat(&steps, "V%.1fZ", panel.Y(0));
  return picture + "<path d=\"" + steps +
         "\" fill=\"#999\" fill-opacity=\"0.45\" stroke=\"#555\" stroke-width=\"1.2\"/>\n" +
         Text(kLeft, panel.top - 12, "Answers per second to clients of the survivors, per 100 ms",
              "class=\"head\"");
}

double LatencyHeight(double ms, double decades) {
  return std::log10(std::max(ms, kLatencyMsMin) / kLatencyMsMin) / decades;
}

// A line through the middles of the windows, and a point on each.
std::string Latency(const Panel& panel, const std::vector<CrashWindow>& windows,
                    std::optional<double> CrashWindow::*value, double decades,
                    const std::string& colour) {
  std::string path, points;
  bool pen_down = false;
  for (const CrashWindow& window : windows) {
    const std::optional<double>& ms = window.*value;
    if (ms.has_value()) {
      const double x = panel.X(static_cast<double>(window.from_ms) + kCrashWindowMs / 2.0);
      const double y = panel.Y(LatencyHeight(*ms, decades));
      absl::StrAppendFormat(&path, "%s%.1f %.1f", pen_down ? "L" : "M", x, y);
      absl::StrAppendFormat(&points, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.2\"/>", x, y);
    }
    pen_down = ms.has_value();
  }
  return absl::StrCat("<g fill=\"", colour, "\"><path d=\"", path, "\" fill=\"none\" stroke=\"",
                      colour, "\" stroke-width=\"1.8\"/>", points, "</g>\n");
}

std::string Latencies(const Panel& panel, const std::vector<CrashWindow>& windows) {
  double most = 1;
  for (const CrashWindow& window : windows) {
    most = std::max({most, window.shared_p99_ms.value_or(0), window.other_p99_ms.value_or(0)});
  }
  const double decades = std::ceil(std::log10(most / kLatencyMsMin));
  std::string picture = panel.TimeAxis();
  for (int i = 0; i <= static_cast<int>(decades); ++i) {
    picture += panel.Mark(i / decades, absl::StrFormat("%g ms", kLatencyMsMin * std::pow(10, i)));
  }
  picture += Latency(panel, windows, &CrashWindow::other_p99_ms, decades, kOtherColour);
  picture += Latency(panel, windows, &CrashWindow::shared_p99_ms, decades, kSharedColour);
  picture += Text(kLeft, panel.top - 12,
                  "Latency by the moment of the call, p99 of 100 ms:", "class=\"head\"");
  picture += Text(kLeft + 385, panel.top - 12, "commands on the shared key",
                  absl::StrCat("class=\"head\" fill=\"", kSharedColour, "\""));
  picture += Text(kLeft + 630, panel.top - 12, "commands on keys of their own",
                  absl::StrCat("class=\"head\" fill=\"", kOtherColour, "\""));
  return picture + Text((kLeft + kWidth - kRight) / 2, panel.Y(0) + 36, "seconds since the kill",
                        "text-anchor=\"middle\"");
}

}  // namespace

std::string CrashPicture(const std::vector<CrashWindow>& windows, const CrashSummary& summary,
                         const CrashCaption& caption) {
  const int64_t from_ms = windows.front().from_ms;
  const int64_t to_ms = windows.back().from_ms + kCrashWindowMs;
  const Panel upper{kTop, from_ms, to_ms};
  const Panel lower{kTop + kPanelHeight + kBetween, from_ms, to_ms};
  const double foot = lower.Y(0) + 66;
  const double height = foot + kLineHeight * static_cast<double>(caption.lines.size());
  std::string picture = absl::StrFormat(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
      "viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n"
      "<style>.head{font-weight:bold}.title{font-size:18px;font-weight:bold}</style>\n"
      "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
      kWidth, height, kWidth, height);
  picture +=
      Text(kLeft, 30, "A replica dies: what clients of the others notice", "class=\"title\"");
  const double pause_from = upper.X(summary.pause_from_ms);
  const double pause_to = upper.X(summary.pause_from_ms + summary.pause_ms);
  picture += absl::StrFormat(
      "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#fde3d0\"/>\n", pause_from,
      upper.Y(1), pause_to - pause_from, lower.Y(0) - upper.Y(1));
  picture += Throughput(upper, windows) + Latencies(lower, windows);
  picture += Line(upper.X(0), upper.Y(1) - 4, upper.X(0), lower.Y(0),
                  "stroke=\"#c00\" stroke-width=\"1.6\" stroke-dasharray=\"6 3\"");
  picture +=
      Text(upper.X(0) - 6, lower.Y(1) + 16, caption.kill, "fill=\"#c00\" text-anchor=\"end\"");
  picture += Text(pause_to + 6, lower.Y(1) + 16,
                  absl::StrFormat("%.0f ms without an answer on the shared key", summary.pause_ms),
                  absl::StrCat("fill=\"", kSharedColour, "\""));
  for (size_t i = 0; i < caption.lines.size(); ++i) {
    picture += Text(kLeft, foot + kLineHeight * static_cast<double>(i) - 4, caption.lines[i],
                    "fill=\"#444\"");
  }
  return picture + "</svg>\n";
}

}  // namespace althing
