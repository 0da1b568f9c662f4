#include "client/commands/kv_options.h"

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/read_all.h"

namespace althing {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path, std::istream& in) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::optional<std::string> bytes = ReadAll(path == "-" ? in : file);
  if (bytes) return *std::move(bytes);
  return absl::InvalidArgumentError(
      path == "-"
          ? "--value-file -: there is no standard input to read here. Give a file, or the value"
          : absl::StrCat("--value-file: ", path,
                         " cannot be read. Give a file, or - for standard input"));
}

absl::Status SetValue(const KvOptions& options, std::istream& in, KeyCommand& command) {
  const absl::StatusOr<std::string> value = options.value_file
                                                ? ReadFile(*options.value_file, in)
                                                : Decode(options.encoding, "VALUE", *options.value);
  if (value.ok()) command.value = *value;
  return value.status();
}

absl::Status SetCondition(const KvOptions& options, KeyCommand& command) {
  command.condition = {.if_version = options.if_version, .if_absent = options.if_absent};
  if (options.if_value) {
    const absl::StatusOr<std::string> value =
        Decode(options.encoding, "--if-value", *options.if_value);
    if (!value.ok()) return value.status();
    command.condition.if_value = *value;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<KeyCommand> MakeCommand(const KvOptions& options, std::istream& in) {
  KeyCommand command;
  command.operation = options.operation;
  const absl::StatusOr<std::string> key = Decode(options.encoding, "KEY", options.key);
  if (!key.ok()) return key.status();
  if (key->empty()) {
    return absl::InvalidArgumentError("the key is empty. A key has at least one byte");
  }
  command.key = *key;
  absl::Status status = SetCondition(options, command);
  if (options.operation == KeyCommand::Operation::kPut ||
      options.operation == KeyCommand::Operation::kAppend) {
    status.Update(SetValue(options, in, command));
  }
  if (!status.ok()) return status;
  return command;
}

}  // namespace althing
