// Short ways to write down operations of one key.
#ifndef ALTHING_TESTS_CHECK_SAMPLE_H_
#define ALTHING_TESTS_CHECK_SAMPLE_H_

#include <string>
#include <utility>

#include "tests/check/linearize.h"

namespace althing::check {

struct Times {
  int64_t call_ns, return_ns;
};

inline Operation Sample(Kind kind, std::string value, Result result, Times times) {
  Operation operation;
  operation.client = "1";
  operation.key = "k";
  operation.kind = kind;
  operation.value = std::move(value);
  operation.result = std::move(result);
  operation.call_ns = times.call_ns;
  operation.return_ns = times.return_ns;
  return operation;
}

using Version = std::optional<uint64_t>;

inline Operation Put(std::string value, Version version, Times times) {
  return Sample(Kind::kPut, std::move(value), {.version = version}, times);
}
inline Operation Append(std::string value, Version version, Times times) {
  return Sample(Kind::kAppend, std::move(value), {.version = version}, times);
}
inline Operation Delete(Version version, Times times) {
  return Sample(Kind::kDelete, "", {.version = version}, times);
}
inline Operation Get(std::string value, Version version, Times times) {
  return Sample(Kind::kGet, "", {.found = true, .value = std::move(value), .version = version},
                times);
}
inline Operation GetNone(Version version, Times times) {
  return Sample(Kind::kGet, "", {.found = false, .version = version}, times);
}
inline Operation CasVersion(uint64_t expected, std::string value, bool applied, Version version,
                            Times times) {
  Operation cas =
      Sample(Kind::kPut, std::move(value), {.version = version, .applied = applied}, times);
  cas.expect_version = expected;
  return cas;
}
inline Operation CasValue(std::string expected, std::string value, bool applied, Version version,
                          Times times) {
  Operation cas =
      Sample(Kind::kPut, std::move(value), {.version = version, .applied = applied}, times);
  cas.expect_value = std::move(expected);
  return cas;
}
// Of unknown outcome.
inline Operation Lost(Operation operation) {
  operation.outcome = Outcome::kUnknown;
  operation.result = {};
  operation.return_ns = kNever;
  return operation;
}
inline Operation Failed(Operation operation) {
  operation.outcome = Outcome::kFailed;
  operation.result = {};
  return operation;
}

inline KeyHistory Pointers(const History& history) {
  KeyHistory operations;
  for (const Operation& operation : history) operations.push_back(&operation);
  return operations;
}

inline constexpr Version kNoVersion = std::nullopt;

}  // namespace althing::check

#endif  // ALTHING_TESTS_CHECK_SAMPLE_H_
