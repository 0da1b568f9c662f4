#include "tests/check/linearize.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "tests/check/model.h"

namespace althing::check {
namespace {

constexpr size_t kEnd = SIZE_MAX;
constexpr uint64_t kMemoEntryBytes = 64;           // Beside its key.
constexpr uint64_t kSubstringBytesMax = 1u << 28;  // Compared at most to find out what was seen.

// Operations of unknown outcome that are alike: of each class only the first that is left needs to
// be tried, because one that may be placed now may be placed at any later time as well.
enum class Class { kOwn, kDelete, kUnseenValue };

// An operation and its links in the list of those not placed yet.
struct Node {
  const Operation* operation;
  size_t previous, next;
  Class like = Class::kOwn;
  std::optional<uint64_t> pinned = std::nullopt;  // The version that it must have become.
};

// Not placed yet, by time of call.
class List {
 public:
  explicit List(KeyHistory operations) {
    std::stable_sort(operations.begin(), operations.end(),
                     [](auto* a, auto* b) { return a->call_ns < b->call_ns; });
    for (size_t i = 0; i < operations.size(); ++i) {
      nodes_.push_back(
          {operations[i], i == 0 ? kEnd : i - 1, i + 1 == operations.size() ? kEnd : i + 1});
    }
    head_ = nodes_.empty() ? kEnd : 0;
    placed_.resize((nodes_.size() + 63) / 64);
  }

  size_t head() const { return head_; }
  size_t size() const { return nodes_.size(); }
  Node& operator[](size_t i) { return nodes_[i]; }
  const Node& operator[](size_t i) const { return nodes_[i]; }

  void Unlink(size_t i) {
    const Node& node = nodes_[i];
    (node.previous == kEnd ? head_ : nodes_[node.previous].next) = node.next;
    if (node.next != kEnd) nodes_[node.next].previous = node.previous;
    placed_[i / 64] |= uint64_t{1} << (i % 64);
  }
  // REQUIRES: what was unlinked after it is back.
  void Relink(size_t i) {
    const Node& node = nodes_[i];
    (node.previous == kEnd ? head_ : nodes_[node.previous].next) = i;
    if (node.next != kEnd) nodes_[node.next].previous = i;
    placed_[i / 64] &= ~(uint64_t{1} << (i % 64));
  }

  // Names the set of the placed ones: those before the head, then bits to the last placed one.
  void AppendSet(std::string& out) const {
    const uint64_t first = head_ == kEnd ? placed_.size() : head_ / 64;
    uint64_t last = placed_.size();
    while (last > first && placed_[last - 1] == 0) --last;
    AppendWord(first, out);
    AppendWord(last, out);
    for (uint64_t i = first; i < last; ++i) AppendWord(placed_[i], out);
  }

  static void AppendWord(uint64_t word, std::string& out) {
    out.append(reinterpret_cast<const char*>(&word), sizeof word);
  }

 private:
  std::vector<Node> nodes_;
  std::vector<uint64_t> placed_;
  size_t head_ = kEnd;
};

KeyHistory Select(const KeyHistory& operations, Outcome outcome) {
  KeyHistory selected;
  for (const Operation* operation : operations) {
    // A read that was not answered tells nothing.
    const bool silent = outcome == Outcome::kUnknown && operation->kind == Kind::kGet;
    if (operation->outcome == outcome && !silent) selected.push_back(operation);
  }
  return selected;
}

// What the answers and expectations tell about the operations of unknown outcome.
class Evidence {
 public:
  explicit Evidence(const KeyHistory& operations) {
    for (const Operation* operation : operations) {
      if (operation->outcome == Outcome::kFailed) continue;
      if (operation->kind == Kind::kAppend) appends_ = true;
      if (operation->kind == Kind::kPut) ++writers_[operation->value];
      if (operation->expect_value) seen_.emplace(*operation->expect_value, std::nullopt);
      const Result& result = operation->result;
      if (operation->outcome != Outcome::kOk || !result.value) continue;
      seen_[*result.value] = result.version;
    }
    for (const auto& [value, version] : seen_) seen_bytes_ += value.size();
  }

  void Classify(List& unknown) const {
    for (size_t i = 0; i < unknown.size(); ++i) {
      Node& node = unknown[i];
      const Operation& operation = *node.operation;
      if (operation.kind == Kind::kPut) node.pinned = Pin(operation);
      if (IsConditional(operation)) continue;
      if (operation.kind == Kind::kDelete) {
        node.like = Class::kDelete;
      } else if (!Seen(operation.value, unknown.size())) {
        node.like = Class::kUnseenValue;
      }
    }
  }

 private:
  // Whether a state with this text in its value could have shown in an answer.
  bool Seen(const std::string& text, size_t questions) const {
    if (!appends_) return seen_.contains(text);
    if (seen_bytes_ * questions > kSubstringBytesMax) return true;
    return std::any_of(seen_.begin(), seen_.end(), [&text](const auto& entry) {
      return entry.first.find(text) != std::string::npos;
    });
  }

  // Its value was read with a version, and nothing else can have made this value.
  std::optional<uint64_t> Pin(const Operation& operation) const {
    if (appends_ || writers_.at(operation.value) != 1) return std::nullopt;
    const auto found = seen_.find(operation.value);
    return found == seen_.end() ? std::nullopt : found->second;
  }

  bool appends_ = false;
  absl::flat_hash_map<std::string, int> writers_;
  absl::flat_hash_map<std::string, std::optional<uint64_t>> seen_;  // A version it was read with.
  uint64_t seen_bytes_ = 0;
};

// Depth first, with a stack of its own: histories are longer than a thread's stack is deep.
class Search {
 public:
  Search(const KeyHistory& operations, const Budget& budget)
      : budget_(budget),
        answered_(Select(operations, Outcome::kOk)),
        unknown_(Select(operations, Outcome::kUnknown)) {
    Evidence(operations).Classify(unknown_);
  }

  SearchResult Run() {
    SearchResult result;
    stack_.push_back({});
    Expand(stack_.back());
    while (!stack_.empty()) {
      if (answered_.head() == kEnd) {
        result.verdict = Verdict::kLinearizable;
        for (size_t i = 0; i + 1 < stack_.size(); ++i) {
          result.order.push_back(ListOf(Placed(i))[Placed(i).index].operation);
        }
        break;
      }
      if (states_ > budget_.states || bytes_ > budget_.bytes) break;
      Advance();
    }
    if (stack_.empty()) result.verdict = Verdict::kViolation;
    result.states = states_;
    return result;
  }

 private:
  struct Choice {
    bool answered;
    size_t index;
  };
  // A point of the search: the choices, those before `next` made and given up, but for the last.
  struct Point {
    State state;
    std::vector<Choice> choices;
    size_t next = 0;
  };

  const Choice& Placed(size_t depth) const { return stack_[depth].choices[stack_[depth].next - 1]; }
  List& ListOf(const Choice& choice) { return choice.answered ? answered_ : unknown_; }

  void Advance() {
    Point& point = stack_.back();
    if (point.next == point.choices.size()) {
      stack_.pop_back();
      if (stack_.empty()) return;
      const Choice& undone = Placed(stack_.size() - 1);
      ListOf(undone).Relink(undone.index);
      return;
    }
    const Choice choice = point.choices[point.next++];
    Point next{After(point.state, *ListOf(choice)[choice.index].operation), {}};
    ListOf(choice).Unlink(choice.index);
    Expand(next);
    stack_.push_back(std::move(next));
  }

  void Expand(Point& point) {
    ++states_;
    int64_t first_return_ns = kNever;
    for (size_t i = answered_.head(); i != kEnd; i = answered_[i].next) {
      const Operation& operation = *answered_[i].operation;
      if (operation.call_ns > first_return_ns) break;
      first_return_ns = std::min(first_return_ns, operation.return_ns);
      if (IsPast(point.state, operation)) return point.choices.clear();
      if (!Answers(point.state, operation)) continue;
      if (!Changes(point.state, operation)) {
        // It may be placed here and changes nothing: placing it later can win nothing.
        point.choices = {{true, i}};
        return;
      }
      point.choices.push_back({true, i});
    }
    AddUnknown(point, first_return_ns);
    if (point.choices.size() > 1 && !IsNew(point.state)) point.choices.clear();
  }

  // Versions only grow, so an answer with a smaller one can never be explained from here.
  static bool IsPast(const State& state, const Operation& operation) {
    const auto& version = operation.result.version;
    return version && *version < state.version + (Writes(operation) ? 1 : 0);
  }

  void AddUnknown(Point& point, int64_t first_return_ns) {
    bool tried[3] = {};
    for (size_t i = unknown_.head(); i != kEnd; i = unknown_[i].next) {
      const Node& node = unknown_[i];
      if (node.operation->call_ns > first_return_ns) break;
      if (node.pinned && *node.pinned != point.state.version + 1) continue;
      bool& known = tried[static_cast<size_t>(node.like)];
      if (node.like != Class::kOwn && known) continue;
      // One that changes nothing is as good as one that is never executed.
      if (!Changes(point.state, *node.operation)) continue;
      known = true;
      point.choices.push_back({false, i});
    }
  }

  bool IsNew(const State& state) {
    std::string key;
    answered_.AppendSet(key);
    unknown_.AppendSet(key);
    List::AppendWord(state.version * 2 + (state.present ? 1 : 0), key);
    key.append(state.value);
    bytes_ += key.size() + kMemoEntryBytes;
    return memo_.insert(std::move(key)).second;
  }

  const Budget budget_;
  List answered_, unknown_;
  std::vector<Point> stack_;
  absl::flat_hash_set<std::string> memo_;
  uint64_t states_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

SearchResult Linearize(const KeyHistory& operations, const Budget& budget) {
  return Search(operations, budget).Run();
}

}  // namespace althing::check
