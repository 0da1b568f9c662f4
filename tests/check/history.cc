#include "tests/check/history.h"

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "pb/json_text.h"

namespace althing::check {
namespace {

using Json = nlohmann::json;

constexpr std::pair<const char*, Kind> kKinds[] = {{"get", Kind::kGet},
                                                   {"put", Kind::kPut},
                                                   {"delete", Kind::kDelete},
                                                   {"append", Kind::kAppend},
                                                   {"cas", Kind::kPut}};
constexpr std::pair<const char*, Outcome> kOutcomes[] = {
    {"ok", Outcome::kOk}, {"failed", Outcome::kFailed}, {"unknown", Outcome::kUnknown}};

// Takes the fields of one object, notes the first problem, and knows what was left over.
class Fields {
 public:
  Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object_.is_object()) Fail("must be an object, {...}");
  }

  bool ok() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }
  void Fail(absl::string_view words) {
    if (problem_.empty()) problem_ = absl::StrCat(path_.empty() ? "the line" : path_, " ", words);
  }

  // Null if there is no such field.
  const Json* Take(const std::string& name) {
    if (!ok() || !object_.contains(name)) return nullptr;
    taken_.push_back(name);
    return &object_.at(name);
  }

  std::optional<std::string> Bytes(const std::string& name) {
    const Json* text = Take(name);
    const Json* base64 = Take(name + "_base64");
    if (text != nullptr && base64 != nullptr) Wrong(name, "is given twice, as text and as base64");
    const Json* given = text != nullptr ? text : base64;
    if (given == nullptr || !ok()) return std::nullopt;
    if (!given->is_string()) return Wrong(name, "must be a string"), std::nullopt;
    if (text != nullptr) return text->get<std::string>();
    std::string bytes;
    if (!absl::Base64Unescape(base64->get<std::string>(), &bytes)) {
      Wrong(name + "_base64", "is not base64");
    }
    return bytes;
  }
  bool Is(const std::string& name, const char* text) const {
    return ok() && object_.contains(name) && object_.at(name) == text;
  }
  std::optional<bool> Bool(const std::string& name) {
    const Json* given = Take(name);
    if (given == nullptr) return std::nullopt;
    if (!given->is_boolean()) return Wrong(name, "must be true or false"), std::nullopt;
    return given->get<bool>();
  }
  std::optional<uint64_t> Count(const std::string& name) {
    const Json* given = Take(name);
    if (given == nullptr) return std::nullopt;
    if (!given->is_number_unsigned()) return Wrong(name, "must be 0 or more"), std::nullopt;
    return given->get<uint64_t>();
  }
  std::optional<int64_t> Time(const std::string& name) {
    const Json* given = Take(name);
    if (given == nullptr || given->is_null()) return std::nullopt;
    const bool fits = given->is_number_integer() &&
                      !(given->is_number_unsigned() && given->get<uint64_t>() >= uint64_t{kNever});
    if (!fits) return Wrong(name, "must be a whole number of nanoseconds"), std::nullopt;
    return given->get<int64_t>();
  }
  template <typename Value, size_t kSize>
  Value OneOf(const std::string& name, const std::pair<const char*, Value> (&choices)[kSize]) {
    const Json* given = Take(name);
    std::vector<std::string> names;
    for (const auto& [choice, value] : choices) {
      if (given != nullptr && *given == choice) return value;
      names.push_back(choice);
    }
    Wrong(name, absl::StrCat("must be one of ", absl::StrJoin(names, ", ")));
    return choices[0].second;
  }

  void Wrong(const std::string& name, absl::string_view words) {
    if (problem_.empty()) {
      problem_ = absl::StrCat("\"", path_, path_.empty() ? "" : ".", name, "\" ", words);
    }
  }
  void RefuseTheRest() {
    if (!ok()) return;
    for (const auto& [name, value] : object_.items()) {
      if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) {
        Fail(absl::StrCat("may not have ", QuoteForMessage(name),
                          " in an operation of this kind and outcome; see docs/history.md"));
      }
    }
  }

 private:
  const Json& object_;
  const std::string path_;
  std::vector<std::string> taken_;
  std::string problem_;
};

void ReadClient(Fields& fields, Operation& operation) {
  const Json* client = fields.Take("client");
  if (client != nullptr && client->is_string()) {
    operation.client = client->get<std::string>();
  } else if (client != nullptr && client->is_number_unsigned()) {
    operation.client = absl::StrCat(client->get<uint64_t>());
  } else {
    fields.Wrong("client", "must be a name or a number");
  }
}

void ReadArguments(Fields& fields, Operation& operation) {
  const auto key = fields.Bytes("key");
  if (!key) fields.Wrong("key", "is missing");
  operation.key = key.value_or("");
  operation.kind = fields.OneOf("op", kKinds);
  if (operation.kind == Kind::kPut || operation.kind == Kind::kAppend) {
    const auto value = fields.Bytes("value");
    if (!value) fields.Wrong("value", "is missing: what was to be written");
    operation.value = value.value_or("");
  }
  if (operation.kind == Kind::kGet) return;
  operation.expect_version = fields.Count("expect_version");
  operation.expect_value = fields.Bytes("expect_value");
  if (operation.expect_version && operation.expect_value) {
    fields.Fail("may not have both expect_version and expect_value");
  }
  if (fields.Is("op", "cas") && !IsConditional(operation)) {
    fields.Fail("needs expect_version or expect_value, since it is a cas");
  }
}

void ReadResult(Fields& fields, Operation& operation) {
  const Json* object = fields.Take("result");
  if (object == nullptr) return fields.Wrong("result", "is missing, and the outcome is ok");
  Fields result(*object, "result");
  Result& read = operation.result;
  read.found = result.Bool("found");
  read.version = result.Count("version");
  if (IsConditional(operation)) {
    read.applied = result.Bool("applied");
    if (!read.applied) result.Wrong("applied", "is missing: whether the expectation held");
  }
  if (operation.kind == Kind::kGet) {
    if (!read.found) result.Wrong("found", "is missing: whether the key had a value");
    if (read.found.value_or(false)) {
      read.value = result.Bytes("value");
      if (!read.value) result.Wrong("value", "is missing, and the get found one");
    }
  } else if (!read.applied.value_or(true)) {
    read.value = result.Bytes("value");
  }
  result.RefuseTheRest();
  if (!result.ok()) fields.Fail(absl::StrCat("cannot be used: ", result.problem()));
}

void ReadTimes(Fields& fields, Operation& operation) {
  const auto call_ns = fields.Time("call_ns");
  if (!call_ns) fields.Wrong("call_ns", "is missing");
  operation.call_ns = call_ns.value_or(0);
  const auto return_ns = fields.Time("return_ns");
  if (!return_ns && operation.outcome == Outcome::kOk) {
    fields.Wrong("return_ns", "is missing, and the outcome is ok");
  }
  operation.return_ns = return_ns.value_or(kNever);
  if (operation.return_ns < operation.call_ns) {
    fields.Wrong("return_ns",
                 "is before call_ns: both must come from one clock that never goes "
                 "back");
  }
}

absl::StatusOr<Operation> ParseOperation(absl::string_view line) {
  const absl::StatusOr<Json> object = ParseJson(line);
  if (!object.ok()) return object.status();
  Operation operation;
  Fields fields(*object, "");
  ReadClient(fields, operation);
  ReadArguments(fields, operation);
  operation.outcome = fields.OneOf("outcome", kOutcomes);
  if (operation.outcome == Outcome::kOk) ReadResult(fields, operation);
  ReadTimes(fields, operation);
  fields.RefuseTheRest();
  if (!fields.ok()) return absl::InvalidArgumentError(fields.problem());
  return operation;
}

std::string Arguments(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kGet:
      return "get";
    case Kind::kDelete:
      return "delete";
    case Kind::kPut:
      return absl::StrCat("put ", QuoteForMessage(operation.value));
    case Kind::kAppend:
      break;
  }
  return absl::StrCat("append ", QuoteForMessage(operation.value));
}

std::string Condition(const Operation& operation) {
  if (operation.expect_version) return absl::StrCat(" if version ", *operation.expect_version);
  if (operation.expect_value) return " if value " + QuoteForMessage(*operation.expect_value);
  return "";
}

std::string Answer(const Operation& operation) {
  if (operation.outcome == Outcome::kFailed) return "failed";
  if (operation.outcome == Outcome::kUnknown) return "outcome unknown";
  const Result& result = operation.result;
  std::vector<std::string> parts;
  if (result.applied) parts.push_back(*result.applied ? "applied" : "not applied");
  if (result.value) {
    parts.push_back(QuoteForMessage(*result.value));
  } else if (result.found && !Writes(operation)) {
    parts.push_back(*result.found ? "found" : "no value");
  } else if (result.found) {
    parts.push_back(*result.found ? "had a value" : "had none");
  }
  if (result.version) parts.push_back(absl::StrCat("version ", *result.version));
  return parts.empty() ? "done" : absl::StrJoin(parts, ", ");
}

}  // namespace

absl::StatusOr<History> ParseHistory(absl::string_view text) {
  History history;
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.find_first_not_of(" \t\r") == absl::string_view::npos) continue;
    absl::StatusOr<Operation> operation = ParseOperation(line);
    if (!operation.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(number, ": ", operation.status().message()));
    }
    operation->line = number;
    history.push_back(*std::move(operation));
  }
  return history;
}

bool IsConditional(const Operation& operation) {
  return operation.expect_version || operation.expect_value;
}

bool Writes(const Operation& operation) {
  return operation.kind != Kind::kGet && operation.result.applied.value_or(true);
}

std::string DescribeCall(const Operation& operation) {
  return absl::StrCat(Arguments(operation), Condition(operation), " -> ", Answer(operation));
}

std::string Describe(const Operation& operation, int64_t begin_ns) {
  const auto ms = [begin_ns](int64_t ns) {
    return absl::StrFormat("%.3f", static_cast<double>(ns - begin_ns) / 1e6);
  };
  const bool open = operation.return_ns == kNever || operation.outcome == Outcome::kUnknown;
  return absl::StrCat(
      "client ", operation.client, ": ", DescribeCall(operation), ", ",
      open ? absl::StrCat("from ", ms(operation.call_ns), " ms on")
           : absl::StrCat(ms(operation.call_ns), " to ", ms(operation.return_ns), " ms"),
      operation.line == 0 ? "" : absl::StrCat(" (line ", operation.line, ")"));
}

}  // namespace althing::check
