// The commands and their words, as completion and help know them.
#ifndef ALTHING_CLIENT_REPL_CATALOG_H_
#define ALTHING_CLIENT_REPL_CATALOG_H_

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace althing {

struct CommandWords {
  std::string name = {};
  std::string what = {};                                         // One sentence for the help.
  std::vector<std::string> flags = {};                           // As in "--timeout" and "-o".
  std::vector<std::string> arguments = {};                       // That may come first.
  std::map<std::string, std::vector<std::string>> choices = {};  // Behind a flag or word.
  bool takes_key = false;                                        // As its first argument.
  std::vector<CommandWords> subcommands = {};
};

using Catalog = std::vector<CommandWords>;

// All that is declared: a command that the program gets is known here without further work.
// `replicas`: the choices of --replica.
Catalog CatalogOf(const CLI::App& app, const std::vector<std::string>& replicas);

// What a person could type next. `keys`: that were used before.
struct Completions {
  std::string begun = {};               // The begin of the last word, which each of `words` has.
  std::vector<std::string> words = {};  // Sorted.
};
Completions Complete(const Catalog& catalog, const std::vector<std::string>& keys,
                     const std::string& before_cursor);

// What all of them begin with. REQUIRES: there is a word.
std::string CommonBegin(const std::vector<std::string>& words);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPL_CATALOG_H_
