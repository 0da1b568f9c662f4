#include "tests/tidy/tree_rules.h"

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "pb/config_file.h"

namespace althing::tidy {
namespace {

// "core" of "replica/core/epaxos/window.cc", "client" of "client/cli.cc"; empty for code that has
// no folder of tests.
std::string TestFolderOf(absl::string_view path) {
  if (absl::StartsWith(path, "pb/")) return "pb";
  if (absl::StartsWith(path, "client/")) return "client";
  if (!absl::ConsumePrefix(&path, "replica/")) return "";
  const size_t slash = path.find('/');
  return std::string(slash == absl::string_view::npos ? "main" : path.substr(0, slash));
}

absl::string_view FileName(absl::string_view path) { return path.substr(path.rfind('/') + 1); }

bool HasTest(const std::vector<Source>& tree, absl::string_view path) {
  const std::string folder = absl::StrCat("tests/", TestFolderOf(path), "/");
  const std::string name = absl::StrCat(absl::StripSuffix(FileName(path), ".cc"), "_test.cc");
  for (const Source& source : tree) {
    if (absl::StartsWith(source.path, folder) && FileName(source.path) == name) return true;
  }
  return false;
}

// The places where the field may be read, without blanks.
std::vector<std::string> Accessors(const ConfigField& field) {
  const std::string leaf = absl::StrCat(field.field->name(), "()");
  if (field.sections.empty()) return {"config." + leaf, "config()." + leaf, "config_." + leaf};
  const std::string section = field.sections.back()->name();
  return {section + "." + leaf, section + "()." + leaf, section + "_." + leaf};
}

std::string DefaultInWords(const FieldRule& rule) {
  return rule.default_text.empty() ? "the most possible" : std::string(rule.default_text);
}

std::string BoundsInWords(const ConfigField& field, const FieldRule& rule) {
  using google::protobuf::FieldDescriptor;
  if (field.path == "debug.trace_level") return "0, 1, 2 or 9";
  const bool number = field.field->cpp_type() != FieldDescriptor::CPPTYPE_STRING &&
                      field.field->cpp_type() != FieldDescriptor::CPPTYPE_BOOL;
  if (!rule.choices.empty()) return std::string(rule.choices);
  return number ? absl::StrCat(rule.min, " to ", rule.max) : "";
}

// "1000" of "// Commands in one instance. Default 1,000."
std::string StatedDefault(absl::string_view comment) {
  const size_t begin = comment.find("Default ");
  if (begin == absl::string_view::npos) return "";
  const absl::string_view stated = comment.substr(begin + 8);
  return absl::StrReplaceAll(stated.substr(0, stated.find('.')), {{",", ""}, {"\"", ""}});
}

}  // namespace

std::vector<Finding> CheckTestsExist(const std::vector<Source>& tree, const Source& exceptions) {
  std::vector<Finding> findings;
  std::map<std::string, int> excepted;  // Path -> its line.
  int line = 0;
  for (const absl::string_view text : absl::StrSplit(exceptions.text, '\n')) {
    ++line;
    if (text.empty() || absl::StartsWith(text, "#")) continue;
    const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits(": ", 1));
    if (parts.size() != 2 || parts[1].empty()) {
      findings.push_back({exceptions.path, line, "write \"path: reason\""});
    } else {
      excepted[parts[0]] = line;
    }
  }
  for (const Source& source : tree) {
    if (!absl::EndsWith(source.path, ".cc") || TestFolderOf(source.path).empty()) continue;
    const bool needed = !HasTest(tree, source.path);
    const auto exception = excepted.find(source.path);
    if (needed && exception == excepted.end()) {
      findings.push_back({source.path, 0,
                          absl::StrCat("no ", absl::StripSuffix(FileName(source.path), ".cc"),
                                       "_test.cc below tests/", TestFolderOf(source.path),
                                       "/; write it, or give a reason in ", exceptions.path)});
    }
    if (needed && exception != excepted.end()) excepted.erase(exception);
  }
  for (const auto& [path, at] : excepted) {
    findings.push_back(
        {exceptions.path, at, absl::StrCat(path, " has a test or is not there; remove the line")});
  }
  return findings;
}

std::vector<Finding> CheckSettingsAreUsed(const std::vector<Source>& tree,
                                          const std::vector<ConfigField>& fields) {
  std::set<std::string> unused;
  for (const ConfigField& field : fields) unused.insert(field.path);
  for (const Source& source : tree) {
    const bool user =
        absl::StartsWith(source.path, "replica/") || absl::StartsWith(source.path, "client/");
    if (!user || !IsCpp(source.path)) continue;
    std::string code = TakeApart(source.text).code;
    absl::StrReplaceAll({{" ", ""}, {"\n", ""}}, &code);
    for (const ConfigField& field : fields) {
      for (const std::string& accessor : Accessors(field)) {
        ForEachWord(code, accessor, [&](size_t) { unused.erase(field.path); });
      }
    }
  }
  std::vector<Finding> findings;
  for (const std::string& path : unused) {
    findings.push_back({"pb/config.proto", 0,
                        absl::StrCat(path,
                                     " is read nowhere in replica/ and client/; make it "
                                     "work or remove it")});
  }
  return findings;
}

std::vector<Finding> CheckSchemaComments(const Source& schema,
                                         const std::vector<ConfigField>& fields) {
  std::map<std::pair<std::string, std::string>, const ConfigField*> by_name;
  for (const ConfigField& field : fields) {
    by_name[{field.field->containing_type()->name(), field.field->name()}] = &field;
  }
  std::vector<Finding> findings;
  std::string message;
  int line = 0;
  for (const absl::string_view text : absl::StrSplit(schema.text, '\n')) {
    ++line;
    const std::vector<std::string> words = absl::StrSplit(text, ' ', absl::SkipEmpty());
    if (words.size() >= 2 && words[0] == "message") message = words[1];
    if (words.size() < 3 || words[0] != "optional") continue;
    const auto field = by_name.find({message, words[2]});
    if (field == by_name.end()) continue;  // Of a replica.
    const FieldRule& rule = RuleOf(field->second->path);
    if (rule.default_text.empty() || StatedDefault(text) == rule.default_text) continue;
    findings.push_back({schema.path, line,
                        absl::StrCat("the comment of ", field->second->path,
                                     " must state: Default ", rule.default_text)});
  }
  return findings;
}

std::vector<Finding> CheckReference(const Source& reference,
                                    const std::vector<ConfigField>& fields) {
  std::map<std::string, std::pair<std::string, int>> rows;  // Path -> row, its line.
  int line = 0;
  for (const absl::string_view text : absl::StrSplit(reference.text, '\n')) {
    ++line;
    if (!absl::StartsWith(text, "| `")) continue;
    const absl::string_view path = text.substr(3, text.find('`', 3) - 3);
    rows[std::string(path)] = {std::string(text), line};
  }
  std::vector<Finding> findings;
  const auto take = [&](const std::string& path, const std::vector<std::string>& parts) {
    const auto row = rows.find(path);
    if (row == rows.end()) {
      findings.push_back({reference.path, 0, absl::StrCat("no row for ", path)});
      return;
    }
    for (const std::string& part : parts) {
      if (absl::StrContains(row->second.first, part)) continue;
      findings.push_back({reference.path, row->second.second,
                          absl::StrCat("the row of ", path, " must say: ", part)});
    }
    rows.erase(row);
  };
  for (const ConfigField& field : fields) {
    const FieldRule& rule = RuleOf(field.path);
    take(field.path, {absl::StrCat("| `", field.path, "` | ", DefaultInWords(rule), " |"),
                      BoundsInWords(field, rule), absl::StrCat("| `--", field.path, "` |"),
                      absl::StrCat("| `", EnvironmentName(field.path), "` |")});
  }
  const auto* replica = v1::ReplicaConfig::descriptor();
  for (int i = 0; i < replica->field_count(); ++i) {
    const std::string path = absl::StrCat("replicas[].", replica->field(i)->name());
    take(path, {absl::StrCat("| `", path, "` | required |")});
  }
  for (const auto& [path, row] : rows) {
    findings.push_back({reference.path, row.second, absl::StrCat(path, " is no setting")});
  }
  return findings;
}

}  // namespace althing::tidy
