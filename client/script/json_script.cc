#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/endpoints.h"
#include "client/script/script.h"
#include "pb/json_text.h"

namespace althing {
namespace {

using nlohmann::json;
using Operation = KeyCommand::Operation;

constexpr uint64_t kCountMax = 1'000'000'000;

// Reads the fields of one access.
class AccessReader {
 public:
  AccessReader(const ScriptSource& source, size_t index, const json& fields)
      : source_(source), fields_(fields), place_(absl::StrCat("Accesses[", index, "]")) {}

  absl::StatusOr<Access> Run() {
    if (!fields_.is_object()) {
      return Error("", R"(is no object. Write {"R": 0, "T": "w", "K": "key", "V": "value"})");
    }
    for (const auto& [name, value] : fields_.items()) {
      if (name != "R" && name != "T" && name != "K" && name != "V") {
        return Error(absl::StrCat(".", QuoteForMessage(name)), "is unknown. Use R, T, K and V");
      }
    }
    access_.place = absl::StrCat(source_.name, ": ", place_);
    absl::Status status = ReadReplica();
    status.Update(ReadType());
    status.Update(ReadText("K", access_.command.key));
    if (!status.ok()) return status;
    if (access_.command.key.empty()) return Error(".K", "is empty. A key has at least one byte");
    status = ReadValue();
    if (!status.ok()) return status;
    return std::move(access_);
  }

 private:
  absl::Status Error(absl::string_view field, absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(place_, field, " ", what));
  }

  absl::Status ReadReplica() {
    const auto replica = fields_.find("R");
    if (replica == fields_.end()) return Error("", "has no R. Name the replica's id");
    if (!replica->is_number_unsigned() || replica->get<uint64_t>() > UINT32_MAX) {
      return Error(".R", "is no replica's id. Write a number, as in 0");
    }
    access_.replica = replica->get<uint32_t>();
    const absl::StatusOr<size_t> known = FindReplica(source_.endpoints, *access_.replica);
    return known.ok() ? absl::OkStatus()
                      : Error(".R", absl::StrCat("is wrong: ", known.status().message()));
  }

  absl::Status ReadType() {
    const auto type = fields_.find("T");
    if (type == fields_.end()) return Error("", "has no T. Write w, r or d: write, read, delete");
    if (*type == "w") {
      access_.command.operation = Operation::kPut;
    } else if (*type == "r") {
      access_.command.operation = Operation::kGet;
    } else if (*type == "d") {
      access_.command.operation = Operation::kDelete;
    } else {
      return Error(".T", R"(is unknown. Write "w", "r" or "d": write, read, delete)");
    }
    return absl::OkStatus();
  }

  absl::Status ReadText(const char* name, std::string& to) const {
    const auto field = fields_.find(name);
    if (field == fields_.end()) {
      return Error("", absl::StrCat("has no ", name, ". Write it as a text"));
    }
    if (!field->is_string()) {
      return Error(absl::StrCat(".", name), "is no text. Write it in double quotes");
    }
    to = field->get<std::string>();
    return absl::OkStatus();
  }

  absl::Status ReadValue() {
    if (access_.command.operation == Operation::kPut) return ReadText("V", access_.command.value);
    const auto value = fields_.find("V");
    if (value == fields_.end() || *value == "") return absl::OkStatus();  // As older tools write.
    return Error(".V", "belongs to writes only. Leave it out");
  }

  const ScriptSource& source_;
  const json& fields_;
  const std::string place_;
  Access access_;
};

absl::Status ReadCount(const json& root, Script& script) {
  const auto count = root.find("N");
  if (count == root.end()) return absl::OkStatus();
  if (!count->is_number_unsigned() || *count == 0 || *count > kCountMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("N is no count of accesses. Write 1 to ", kCountMax, ", or leave it out"));
  }
  script.count = count->get<uint64_t>();
  return absl::OkStatus();
}

absl::StatusOr<Script> Read(const json& root, const ScriptSource& source) {
  if (!root.is_object()) {
    return absl::InvalidArgumentError(R"(it is no object. Write {"N": ..., "Accesses": [...]})");
  }
  for (const auto& [name, value] : root.items()) {
    if (name == "N" || name == "Accesses") continue;
    return absl::InvalidArgumentError(
        absl::StrCat(QuoteForMessage(name), " is unknown. Use N and Accesses"));
  }
  Script script;
  if (const absl::Status status = ReadCount(root, script); !status.ok()) return status;
  const auto accesses = root.find("Accesses");
  if (accesses == root.end() || !accesses->is_array() || accesses->empty()) {
    return absl::InvalidArgumentError(
        "Accesses is no list of accesses. Write at least one, as in "
        R"([{"R": 0, "T": "w", "K": "key", "V": "value"}])");
  }
  for (size_t i = 0; i < accesses->size(); ++i) {
    absl::StatusOr<Access> access = AccessReader(source, i, (*accesses)[i]).Run();
    if (!access.ok()) return access.status();
    script.steps.emplace_back().accesses.push_back(*std::move(access));
  }
  return script;
}

}  // namespace

absl::StatusOr<Script> ParseJsonScript(absl::string_view text, const ScriptSource& source) {
  const absl::StatusOr<json> root = ParseJson(text);
  absl::StatusOr<Script> script = root.ok() ? Read(*root, source) : root.status();
  if (script.ok()) return script;
  return absl::InvalidArgumentError(absl::StrCat(source.name, ": ", script.status().message()));
}

}  // namespace althing
