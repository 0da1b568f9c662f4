#include "client/repl/catalog.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace althing {
namespace {

// Of a type as in "TEXT:{utf8,hex,base64}".
std::vector<std::string> ChoicesOf(const std::string& type) {
  const size_t open = type.find('{');
  const size_t close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  return absl::StrSplit(absl::string_view(type).substr(open + 1, close - open - 1), ',');
}

// The flags of the app and of its option groups, which have no name.
void AddFlags(const CLI::App& app, const std::vector<std::string>& replicas, CommandWords& words) {
  for (const CLI::Option* option : app.get_options({})) {
    if (option->get_positional()) {
      words.takes_key = words.takes_key || option->get_name(true) == "KEY";
      continue;
    }
    std::vector<std::string> names;
    for (const std::string& name : option->get_lnames()) names.push_back(absl::StrCat("--", name));
    for (const std::string& name : option->get_snames()) names.push_back(absl::StrCat("-", name));
    for (const std::string& name : names) {
      const std::vector<std::string> choices =
          name == "--replica" ? replicas : ChoicesOf(option->get_type_name());
      if (!choices.empty()) words.choices[name] = choices;
    }
    words.flags.insert(words.flags.end(), names.begin(), names.end());
  }
  for (const CLI::App* group : app.get_subcommands({})) {
    if (group->get_name().empty()) AddFlags(*group, replicas, words);
  }
}

std::vector<std::string> NamesOf(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const CommandWords& command : catalog) names.push_back(command.name);
  return names;
}

const CommandWords* Find(const Catalog& catalog, const std::string& name) {
  const auto found = std::find_if(catalog.begin(), catalog.end(),
                                  [&name](const auto& command) { return command.name == name; });
  return found == catalog.end() ? nullptr : &*found;
}

// What may follow the finished words.
std::vector<std::string> Following(const Catalog& catalog, const std::vector<std::string>& keys,
                                   std::vector<std::string> words, const std::string& begun) {
  if (!words.empty() && absl::StartsWith(words.front(), "replica=")) words.erase(words.begin());
  if (words.empty()) return NamesOf(catalog);
  const CommandWords* command = Find(catalog, words.front());
  size_t at = 1;
  for (; command != nullptr && at < words.size(); ++at) {
    const CommandWords* nested = Find(command->subcommands, words[at]);
    if (nested == nullptr) break;
    command = nested;
  }
  if (command == nullptr) return {};
  const auto choices = command->choices.find(words.back());
  if (choices != command->choices.end()) return choices->second;
  if (absl::StartsWith(begun, "-")) return command->flags;
  if (at < words.size()) return {};
  std::vector<std::string> first = command->takes_key ? keys : command->arguments;
  for (const CommandWords& nested : command->subcommands) first.push_back(nested.name);
  return first;
}

}  // namespace

Catalog CatalogOf(const CLI::App& app, const std::vector<std::string>& replicas) {
  Catalog catalog;
  for (const CLI::App* sub : app.get_subcommands({})) {
    if (sub->get_name().empty()) continue;
    CommandWords words = {.name = sub->get_name(), .what = sub->get_description()};
    words.subcommands = CatalogOf(*sub, replicas);
    AddFlags(*sub, replicas, words);
    // Those of the program may stand anywhere.
    for (const CLI::App* above = &app; above != nullptr; above = above->get_parent()) {
      AddFlags(*above, replicas, words);
    }
    catalog.push_back(std::move(words));
  }
  return catalog;
}

Completions Complete(const Catalog& catalog, const std::vector<std::string>& keys,
                     const std::string& before_cursor) {
  std::vector<std::string> words = absl::StrSplit(before_cursor, absl::ByAnyChar(" \t"));
  Completions completions = {.begun = words.back()};
  words.pop_back();
  words.erase(std::remove(words.begin(), words.end(), ""), words.end());
  for (std::string& word : Following(catalog, keys, words, completions.begun)) {
    if (absl::StartsWith(word, completions.begun)) completions.words.push_back(std::move(word));
  }
  std::sort(completions.words.begin(), completions.words.end());
  completions.words.erase(std::unique(completions.words.begin(), completions.words.end()),
                          completions.words.end());
  return completions;
}

std::string CommonBegin(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    const auto end = std::mismatch(common.begin(), common.end(), word.begin(), word.end()).first;
    common.erase(end, common.end());
  }
  return common;
}

}  // namespace althing
