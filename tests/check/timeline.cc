#include "tests/check/timeline.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "pb/json_text.h"

namespace althing::check {
namespace {

constexpr size_t kBarsMax = 300;       // More would hide what matters.
constexpr size_t kViolationsMax = 20;  // Of one page.
constexpr double kWidthMin = 1500, kWidthMax = 6000, kWidthPerBar = 100;
constexpr double kLeft = 130, kRowHeight = 30, kBarHeight = 20, kTop = 34;
constexpr double kLetterWidth = 6.7;
constexpr int kTicks = 8;

constexpr char kStyle[] = R"(
body{font:15px/1.45 system-ui,sans-serif;margin:24px;color:#1c2733;background:#fff}
h1{font-size:22px}h2{font-size:18px;margin:32px 0 4px}code,li,text{font-family:ui-monospace,"DejaVu Sans Mono",monospace}
li{font-size:13px;margin:2px 0}.why{font-weight:600;color:#a3181f}.note{color:#5b6875;font-size:13px}
.scroll{overflow-x:auto;border:1px solid #d5dce3;border-radius:6px}
text{font-size:11px;fill:#1c2733}.axis{fill:#5b6875}.client{font-size:12px}
.grid{stroke:#e4e9ee}.stripe{fill:#f6f8fa}
.get rect{fill:#cfe3f7;stroke:#6b9cc9}.write rect{fill:#d7ecd2;stroke:#74ab68}
.unknown rect{fill:#ececec;stroke:#8a949e;stroke-dasharray:4 3}
.culprit rect{stroke:#c4161f;stroke-width:2.5}.culprit.get rect,.culprit.write rect{fill:#fbd3d0}
.badge{fill:#c4161f}.number{fill:#fff;font-weight:700;text-anchor:middle}
g.op:hover rect{stroke:#000}
)";

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

bool IsOpen(const Operation& operation) { return operation.outcome == Outcome::kUnknown; }

std::string Verb(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kGet:
      return "get";
    case Kind::kPut:
      return "put";
    case Kind::kDelete:
      return "delete";
    case Kind::kAppend:
      break;
  }
  return "append";
}

// "put "x" if no v7", or "put if no v7" if the text must be short.
std::string Label(const Operation& operation, bool with_value) {
  std::string label = Verb(operation);
  const bool writes_value = operation.kind == Kind::kPut || operation.kind == Kind::kAppend;
  if (with_value && writes_value) absl::StrAppend(&label, " ", QuoteForMessage(operation.value));
  if (with_value && operation.kind == Kind::kGet && operation.result.value) {
    absl::StrAppend(&label, " ", QuoteForMessage(*operation.result.value));
  }
  if (operation.kind == Kind::kGet && operation.result.found == false) label += " none";
  if (IsConditional(operation)) label += " if";
  if (operation.result.applied == false) label += " no";
  if (operation.result.version) absl::StrAppend(&label, " v", *operation.result.version);
  if (IsOpen(operation)) label += " ?";
  return label;
}

// The picture of one key.
class Plot {
 public:
  Plot(const KeyVerdict& fault, const KeyHistory& operations, int64_t begin_ns)
      : culprits_(fault.culprits), begin_ns_(begin_ns) {
    Choose(operations);
    Arrange();
  }

  // Operations that the picture leaves out.
  size_t left_out() const { return left_out_; }

  std::string Svg() const {
    const double height = kTop + static_cast<double>(rows_) * kRowHeight + 8;
    std::string svg = absl::StrFormat(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"0 0 %.0f %.0f\">\n",
        kLeft + width_ + 20, height, kLeft + width_ + 20, height);
    for (size_t i = 0; i < names_.size(); ++i) svg += Stripe(i);
    for (int tick = 0; tick < kTicks; ++tick) svg += Tick(tick, height);
    // Marked ones last, so that nothing covers them.
    for (const bool marked : {false, true}) {
      for (const auto& [operation, row] : bars_) {
        if ((NumberOf(operation) > 0) == marked) svg += Bar(*operation, row);
      }
    }
    return svg + "</svg>\n";
  }

 private:
  struct Name {
    std::string client;
    size_t first_row, rows;
  };

  // From 1; 0 if it is no culprit.
  size_t NumberOf(const Operation* operation) const {
    const auto found = std::find(culprits_.begin(), culprits_.end(), operation);
    return found == culprits_.end() ? 0 : static_cast<size_t>(found - culprits_.begin()) + 1;
  }

  // The operations nearest in time to the culprits, and the time from the first to the last.
  void Choose(const KeyHistory& operations) {
    int64_t first_ns = kNever, last_ns = INT64_MIN;
    for (const Operation* culprit : culprits_) {
      first_ns = std::min(first_ns, culprit->call_ns);
      last_ns = std::max(last_ns, IsOpen(*culprit) ? culprit->call_ns : culprit->return_ns);
    }
    std::vector<std::pair<int64_t, const Operation*>> by_distance;
    for (const Operation* operation : operations) {
      if (operation->outcome == Outcome::kFailed) continue;
      const int64_t end_ns = IsOpen(*operation) ? operation->call_ns : operation->return_ns;
      const int64_t distance =
          NumberOf(operation) > 0
              ? -1
              : std::max<int64_t>({0, first_ns - end_ns, operation->call_ns - last_ns});
      by_distance.emplace_back(distance, operation);
    }
    std::stable_sort(by_distance.begin(), by_distance.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    if (by_distance.size() > kBarsMax) {
      left_out_ = by_distance.size() - kBarsMax;
      by_distance.resize(kBarsMax);
    }
    first_ns_ = first_ns, last_ns_ = last_ns;
    for (const auto& [distance, operation] : by_distance) {
      chosen_.push_back(operation);
      first_ns_ = std::min(first_ns_, operation->call_ns);
      last_ns_ = std::max(last_ns_, IsOpen(*operation) ? operation->call_ns : operation->return_ns);
    }
    // Open bars need some room.
    last_ns_ += std::max<int64_t>((last_ns_ - first_ns_) / 20, 1);
  }

  // Rows for each client, so that no two bars of a row overlap.
  void Arrange() {
    std::stable_sort(chosen_.begin(), chosen_.end(),
                     [](auto* a, auto* b) { return a->call_ns < b->call_ns; });
    std::set<std::string> first;
    for (const Operation* culprit : culprits_) first.insert(culprit->client);
    // Those of the culprits on top; numbers in their order, 2 before 10.
    std::map<std::tuple<bool, size_t, std::string>, KeyHistory> clients;
    for (const Operation* operation : chosen_) {
      const std::string& client = operation->client;
      clients[{!first.contains(client), client.size(), client}].push_back(operation);
    }
    for (const auto& [client, operations] : clients) {
      std::vector<int64_t> free_at;  // By row of this client.
      for (const Operation* operation : operations) {
        auto row = std::find_if(free_at.begin(), free_at.end(),
                                [&](int64_t at) { return at <= operation->call_ns; });
        if (row == free_at.end()) row = free_at.insert(row, 0);
        *row = IsOpen(*operation) ? kNever : operation->return_ns;
        bars_.emplace_back(operation, rows_ + static_cast<size_t>(row - free_at.begin()));
      }
      names_.push_back({std::get<2>(client), rows_, free_at.size()});
      rows_ += free_at.size();
    }
    const double bars_per_row =
        static_cast<double>(chosen_.size()) / static_cast<double>(std::max<size_t>(rows_, 1));
    width_ = std::clamp(bars_per_row * kWidthPerBar, kWidthMin, kWidthMax);
  }

  double X(int64_t ns) const {
    const auto whole = static_cast<double>(last_ns_ - first_ns_);
    return kLeft + width_ * static_cast<double>(ns - first_ns_) / whole;
  }
  static double Y(size_t row) { return kTop + static_cast<double>(row) * kRowHeight; }

  std::string Stripe(size_t i) const {
    const Name& name = names_[i];
    std::string svg;
    if (i % 2 == 0) {
      absl::StrAppendFormat(
          &svg, "<rect class=\"stripe\" x=\"0\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\"/>",
          Y(name.first_row), kLeft + width_ + 20, static_cast<double>(name.rows) * kRowHeight);
    }
    absl::StrAppendFormat(&svg, "<text class=\"client\" x=\"8\" y=\"%.0f\">client %s</text>\n",
                          Y(name.first_row) + 19, Escape(name.client));
    return svg;
  }

  std::string Tick(int tick, double height) const {
    const int64_t ns = first_ns_ + (last_ns_ - first_ns_) / kTicks * tick;
    return absl::StrFormat(
        "<line class=\"grid\" x1=\"%.1f\" y1=\"%.0f\" x2=\"%.1f\" y2=\"%.0f\"/>"
        "<text class=\"axis\" x=\"%.1f\" y=\"18\">%.3f ms</text>\n",
        X(ns), kTop - 8, X(ns), height, X(ns) + 2, static_cast<double>(ns - begin_ns_) / 1e6);
  }

  std::string Bar(const Operation& operation, size_t row) const {
    const size_t number = NumberOf(&operation);
    const double x = X(operation.call_ns);
    const double end = IsOpen(operation) ? kLeft + width_ + 16 : X(operation.return_ns);
    const double width = std::max(end - x, 2.0);
    const double y = Y(row) + 5;
    std::string svg = absl::StrFormat(
        "<g class=\"op %s%s%s\"><title>%s</title>"
        "<rect x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%.0f\" rx=\"3\"/>",
        operation.kind == Kind::kGet ? "get" : "write", IsOpen(operation) ? " unknown" : "",
        number > 0 ? " culprit" : "", Escape(Describe(operation, begin_ns_)), x, y, width,
        kBarHeight);
    double text_x = x + 5;
    if (number > 0) {
      absl::StrAppendFormat(&svg,
                            "<circle class=\"badge\" cx=\"%.1f\" cy=\"%.0f\" r=\"9\"/>"
                            "<text class=\"number\" x=\"%.1f\" y=\"%.0f\">%d</text>",
                            x, y + 10, x, y + 14, number);
      text_x = x + 13;
    }
    for (const bool with_value : {true, false}) {
      const std::string label = Label(operation, with_value);
      if (static_cast<double>(label.size()) * kLetterWidth > width - (text_x - x)) continue;
      absl::StrAppendFormat(&svg, "<text x=\"%.1f\" y=\"%.0f\">%s</text>", text_x, y + 14,
                            Escape(label));
      break;
    }
    return svg + "</g>\n";
  }

  const KeyHistory& culprits_;
  const int64_t begin_ns_;
  KeyHistory chosen_;
  size_t left_out_ = 0;
  int64_t first_ns_ = 0, last_ns_ = 0;
  std::vector<std::pair<const Operation*, size_t>> bars_;  // With their rows.
  std::vector<Name> names_;
  size_t rows_ = 0;
  double width_ = kWidthMin;
};

std::string Section(const KeyVerdict& fault, const KeyHistory& operations, int64_t begin_ns) {
  const Plot plot(fault, operations, begin_ns);
  std::string html =
      absl::StrCat("<h2>Key <code>", Escape(QuoteForMessage(fault.key)),
                   "</code></h2>\n<p class=\"why\">", Escape(fault.why), "</p>\n<ol>\n");
  for (const Operation* culprit : fault.culprits) {
    absl::StrAppend(&html, "<li>", Escape(Describe(*culprit, begin_ns)), "</li>\n");
  }
  absl::StrAppend(&html, "</ol>\n<div class=\"scroll\">\n", plot.Svg(), "</div>\n");
  if (plot.left_out() > 0) {
    absl::StrAppend(&html, "<p class=\"note\">", plot.left_out(),
                    " operations of this key, farther away in time, are left out.</p>\n");
  }
  return html;
}

}  // namespace

std::string Timeline(const Judgement& judgement, const History& history) {
  std::map<std::string, KeyHistory> keys;
  for (KeyHistory& operations : SplitByKey(history)) {
    const std::string key = operations.front()->key;
    keys[key] = std::move(operations);
  }
  size_t violations = 0;
  std::string sections;
  for (const KeyVerdict& fault : judgement.faults) {
    if (fault.verdict != Verdict::kViolation || ++violations > kViolationsMax) continue;
    sections += Section(fault, keys.at(fault.key), BeginNs(history));
  }
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<title>Not linearizable</title><style>",
      kStyle, "</style></head><body>\n<h1>", violations, violations == 1 ? " key is" : " keys are",
      " not linearizable, of ", judgement.keys, "</h1>\n",
      "<p class=\"note\">Bars reach from call to return; blue ones read, green ones write, dashed "
      "grey ones are of unknown outcome: they may take effect at any time after their call, or "
      "never. The red, numbered ones contradict one another. Rest the pointer on a bar for "
      "details; v is the version in the answer.</p>\n",
      sections);
  if (violations > kViolationsMax) {
    absl::StrAppend(&html, "<p class=\"note\">Only the first ", kViolationsMax,
                    " keys are shown.</p>\n");
  }
  return html + "</body></html>\n";
}

}  // namespace althing::check
