#include "client/commands/kv_flags.h"

#include <string>

namespace althing {
namespace {

void DeclareConditions(CLI::App& command, KvOptions& options) {
  CLI::App* condition = command.add_option_group("condition");
  condition->add_option("--if-version", options.if_version,
                        "Only if this is the key's version; 0: only if it has no value");
  condition->add_option("--if-value", options.if_value, "Only if the key has exactly this value");
  condition->add_flag("--if-absent", options.if_absent, "Only if the key has no value");
  condition->require_option(0, 1);
}

}  // namespace

const char* VerbOf(KeyCommand::Operation operation) {
  for (const KvVerb& verb : kKvVerbs) {
    if (verb.operation == operation) return verb.name;
  }
  return "";
}

void DeclareKv(CLI::App& command, KeyCommand::Operation operation, KvOptions& options) {
  command.add_option("KEY", options.key, "The key")->required();
  DeclareEncoding(command, options.encoding,
                  "How KEY, VALUE, --if-value and a printed value are written");
  if (operation == KeyCommand::Operation::kPut || operation == KeyCommand::Operation::kAppend) {
    CLI::App* value = command.add_option_group("value");
    value->add_option("VALUE", options.value, "The value; after -- it may begin with a dash");
    value->add_option("--value-file", options.value_file,
                      "The value's bytes are those of this file; - is standard input");
    value->require_option(1);
  }
  if (operation != KeyCommand::Operation::kGet) DeclareConditions(command, options);
}

void DeclareEncoding(CLI::App& command, Encoding& encoding, const std::string& what) {
  command
      .add_option_function<std::string>(
          "--encoding",
          [&encoding](const std::string& name) {
            encoding = name == "hex"      ? Encoding::kHex
                       : name == "base64" ? Encoding::kBase64
                                          : Encoding::kUtf8;
          },
          what)
      ->check(CLI::IsMember({"utf8", "hex", "base64"}))
      ->default_str("utf8");
}

}  // namespace althing
