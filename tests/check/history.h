// What clients saw of a store: one operation each, as docs/history.md describes the file.
#ifndef ALTHING_TESTS_CHECK_HISTORY_H_
#define ALTHING_TESTS_CHECK_HISTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace althing::check {

enum class Kind { kGet, kPut, kDelete, kAppend };

enum class Outcome {
  kOk,       // Answered.
  kFailed,   // Certainly not executed, now or later.
  kUnknown,  // Executed at some time after the call, or never.
};

inline constexpr int64_t kNever = INT64_MAX;

// What the answer said; a part that the client does not know is left out and matches anything.
struct Result {
  std::optional<bool> found = {};         // The key had a value before the operation.
  std::optional<std::string> value = {};  // GET, or not applied: the value, if there is one.
  std::optional<uint64_t> version = {};   // Writes to the key so far, this one included.
  std::optional<bool> applied = {};       // Conditional writes: whether the expectation held.
};

// Invariants of what ParseHistory gives: an answered GET has `found`, and `value` if it found one;
// an answered conditional write has `applied`; none has two expectations; return_ns >= call_ns.
struct Operation {
  std::string client;
  std::string key;
  Kind kind = Kind::kGet;
  std::string value;                             // PUT, APPEND: what is to be written.
  std::optional<uint64_t> expect_version = {};   // Writes; 0: the key has no value.
  std::optional<std::string> expect_value = {};  // Writes.
  Outcome outcome = Outcome::kOk;
  Result result = {};          // Meaningful if answered.
  int64_t call_ns = 0;         // All times are on one clock.
  int64_t return_ns = kNever;  // Of an unknown outcome: when the client gave up, if it did.
  size_t line = 0;             // Of the file, from 1.
};

using History = std::vector<Operation>;

// INVALID_ARGUMENT with "LINE: what is wrong and what to do".
absl::StatusOr<History> ParseHistory(absl::string_view text);

// Whether the write happens only if an expectation holds.
bool IsConditional(const Operation& operation);

// Whether the operation wrote when it was answered so; of an unknown one, whether it may write.
bool Writes(const Operation& operation);

// `client 3: put "x" -> version 4, 1.250 to 3.125 ms (line 17)`, times since `begin_ns`.
std::string Describe(const Operation& operation, int64_t begin_ns);
// `put "x" -> version 4`.
std::string DescribeCall(const Operation& operation);

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_HISTORY_H_
