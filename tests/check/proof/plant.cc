#include "tests/check/proof/plant.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace althing::check {
namespace {

constexpr int kTries = 400;

// All arguments below rest on two facts. (1) If A returned before B was called, A comes before B in
// every order that is allowed. (2) Each value is written by one operation of the history, and text
// that is appended occurs in no other: so once something else was written over a value, only a
// second execution of its own write can bring it back, and in an order each operation stands once.

bool Before(const Operation& a, const Operation& b) { return a.return_ns < b.call_ns; }

bool IsAnswered(const Operation& operation, const std::string& key) {
  return operation.outcome == Outcome::kOk && operation.key == key;
}

// It certainly changed the content: what was there before is there no longer.
bool Overwrites(const Operation& operation) {
  return operation.outcome == Outcome::kOk && Writes(operation);
}

const Operation& Pick(const History& history, Chance& chance) {
  return history[chance.Below(history.size())];
}

// PUT p, then a write w over it, then a GET g, each returned before the next was called; g shows
// the value of p. p is before w and w before g, so at g the value of p is gone.
bool ShowsStale(const Operation& p, const Operation& w, const Operation& g) {
  return IsAnswered(p, g.key) && p.kind == Kind::kPut && IsAnswered(w, g.key) && Overwrites(w) &&
         g.outcome == Outcome::kOk && g.kind == Kind::kGet && Before(p, w) && Before(w, g) &&
         g.result.value == p.value;
}

bool IsShownStale(const History& history, const Operation& p, const Operation& w) {
  if (p.kind != Kind::kPut || !Before(p, w)) return false;
  for (const Operation& g : history) {
    if (ShowsStale(p, w, g)) return true;
  }
  return false;
}

// The answer of a GET becomes what an earlier, overwritten PUT left behind: see ShowsStale.
std::optional<History> StaleRead(const Script& script, Chance& chance) {
  History history = Perform(script);
  for (int i = 0; i < kTries; ++i) {
    const Operation& p = Pick(history, chance);
    const Operation& w = Pick(history, chance);
    Operation& g = history[chance.Below(history.size())];
    if (g.kind != Kind::kGet || g.outcome != Outcome::kOk || p.outcome != Outcome::kOk) continue;
    const Result honest = std::exchange(g.result, {true, p.value, p.result.version, {}});
    if (ShowsStale(p, w, g)) return history;
    g.result = honest;
  }
  return std::nullopt;
}

// The store forgets w, which it has answered; everyone sees the store without it from then on.
// Taken only if a GET that was called after w had returned shows a value that w must have
// overwritten.
std::optional<History> LostWrite(const Script& script, Chance& chance) {
  const History honest = Perform(script);
  for (int i = 0; i < kTries; ++i) {
    const size_t lost = chance.Below(script.size());
    if (honest[lost].outcome != Outcome::kOk || !Overwrites(honest[lost])) continue;
    Script wrong = script;
    wrong[lost].executed_ns.reset();
    History history = Perform(wrong);
    history[lost].result = honest[lost].result;
    for (const Operation& p : history) {
      if (IsShownStale(history, p, history[lost])) return history;
    }
  }
  return std::nullopt;
}

// A GET shows the text of an APPEND twice. The text is in no other operation and an order has each
// operation once, so no state contains it twice.
bool ShowsTwice(const History& history, const Operation& append) {
  for (const Operation& g : history) {
    if (!IsAnswered(g, append.key) || g.kind != Kind::kGet || !g.result.value) continue;
    const size_t first = g.result.value->find(append.value);
    if (first == std::string::npos) continue;
    if (g.result.value->find(append.value, first + 1) != std::string::npos) return true;
  }
  return false;
}

// A write is executed a second time after its answer. Taken only if that shows: an APPEND's text
// twice, or a PUT's value in a GET although something was written over it in between.
std::optional<History> DoubleExecution(const Script& script, Chance& chance) {
  for (int i = 0; i < kTries; ++i) {
    const Step& step = script[chance.Below(script.size())];
    const Operation& write = step.operation;
    const bool fit =
        write.outcome == Outcome::kOk && (write.kind == Kind::kPut || write.kind == Kind::kAppend);
    if (!fit) continue;
    Script wrong = script;
    const auto later = static_cast<int64_t>(1 + chance.Below(1500));
    wrong.push_back({write, write.return_ns + later, true});
    History history = Perform(wrong);
    if (write.kind == Kind::kAppend && ShowsTwice(history, write)) return history;
    for (const Operation& w : history) {
      if (write.kind == Kind::kPut && IsShownStale(history, write, w)) return history;
    }
  }
  return std::nullopt;
}

// A GET shows a value that no operation wrote, or one whose write failed and so is in no order.
std::optional<History> InventedValue(const Script& script, Chance& chance) {
  History history = Perform(script);
  for (int i = 0; i < kTries; ++i) {
    Operation& g = history[chance.Below(history.size())];
    if (g.kind != Kind::kGet || g.outcome != Outcome::kOk) continue;
    const Operation& failed = Pick(history, chance);
    const bool fit = failed.outcome == Outcome::kFailed && failed.kind == Kind::kPut;
    if (!fit && i < kTries / 2) continue;
    g.result.found = true;
    g.result.value = fit ? failed.value : "<never>";
    return history;
  }
  return std::nullopt;
}

// Of two writes the one that was called after the other had returned has the smaller version; or a
// GET has a smaller one than a write that had returned before. Versions count the writes so far, so
// along an order they never fall.
std::optional<History> VersionInversion(const Script& script, Chance& chance) {
  History history = Perform(script);
  for (int i = 0; i < kTries; ++i) {
    Operation& a = history[chance.Below(history.size())];
    Operation& b = history[chance.Below(history.size())];
    const bool fit = IsAnswered(a, b.key) && b.outcome == Outcome::kOk && Before(a, b) && Writes(a);
    if (!fit) continue;
    if (Writes(b)) {
      std::swap(a.result.version, b.result.version);
      return history;
    }
    b.result.version = chance.Below(*a.result.version);
    return history;
  }
  return std::nullopt;
}

}  // namespace

std::optional<History> Plant(Fault fault, const Script& script, Chance& chance) {
  switch (fault) {
    case Fault::kStaleRead:
      return StaleRead(script, chance);
    case Fault::kLostWrite:
      return LostWrite(script, chance);
    case Fault::kDoubleExecution:
      return DoubleExecution(script, chance);
    case Fault::kInventedValue:
      return InventedValue(script, chance);
    case Fault::kVersionInversion:
      return VersionInversion(script, chance);
  }
  return std::nullopt;
}

}  // namespace althing::check
