// The words and flags of put, append, get and del, as the program and lines of commands take them.
#ifndef ALTHING_CLIENT_COMMANDS_KV_FLAGS_H_
#define ALTHING_CLIENT_COMMANDS_KV_FLAGS_H_

#include <CLI/CLI.hpp>
#include <array>
#include <string>

#include "client/commands/kv_options.h"

namespace althing {

struct KvVerb {
  const char* name;
  const char* what;  // One sentence for the help.
  KeyCommand::Operation operation;
};

inline constexpr std::array<KvVerb, 4> kKvVerbs = {{
    {"put", "Set a key to a value; prints OK", KeyCommand::Operation::kPut},
    {"append", "Put a value behind what a key holds; prints OK", KeyCommand::Operation::kAppend},
    {"get", "Print a key's value; a missing key is exit 1", KeyCommand::Operation::kGet},
    {"del", "Remove a key's value; prints how many were removed", KeyCommand::Operation::kDelete},
}};

// "put" for kPut.
const char* VerbOf(KeyCommand::Operation operation);

// Declares what may follow the verb. Parsing fills `options`, except its operation; they must
// outlive the parsing.
void DeclareKv(CLI::App& command, KeyCommand::Operation operation, KvOptions& options);

// Declares --encoding; `what` explains it.
void DeclareEncoding(CLI::App& command, Encoding& encoding, const std::string& what);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_KV_FLAGS_H_
