#include "tests/tidy/ban_rules.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace althing::tidy {
namespace {

struct Ban {
  absl::string_view word;
  absl::string_view instead;
};

constexpr Ban kBannedCode[] = {
    {"throw", "return an absl::Status"},
    {"BitGen", "use the seeded generator of core/"},
    {"rand", "use the seeded generator of core/"},
    {"srand", "use the seeded generator of core/"},
    {"random_device", "take the seed from outside"},
    {"uniform_int_distribution", "its results differ between libraries; use core/'s generator"},
    {"uniform_real_distribution", "its results differ between libraries; use core/'s generator"},
    {"bernoulli_distribution", "its results differ between libraries; use core/'s generator"},
    {"using namespace std", "name what is used"},
};

// The rules' own texts and their planted examples name what is banned.
bool IsTheRulesThemselves(absl::string_view path) { return absl::StartsWith(path, "tests/tidy/"); }

// Whether the `new` at `offset` is the first thing that a unique_ptr gets.
bool IsOwnedAtOnce(absl::string_view code, size_t offset) {
  const absl::string_view before = absl::StripTrailingAsciiWhitespace(code.substr(0, offset));
  if (!absl::EndsWith(before, "(")) return false;
  const size_t statement = before.find_last_of(";{}");
  const size_t begin = statement == absl::string_view::npos ? 0 : statement;
  return absl::StrContains(before.substr(begin), "unique_ptr<");
}

void BanNew(const Source& source, absl::string_view code, std::vector<Finding>& findings) {
  ForEachWord(code, "new", [&](size_t at) {
    if (IsOwnedAtOnce(code, at)) return;
    findings.push_back({source.path, LineOf(code, at),
                        "new: use std::make_unique, or a std::unique_ptr around it if the "
                        "constructor is private"});
  });
}

// Tests run at the same time, each in a process of its own: a file whose name is the same for all
// of them is another one's.
void BanSharedFiles(const Source& source, absl::string_view code, std::vector<Finding>& findings) {
  if (absl::StrContains(source.text, "XXXXXX") || absl::StrContains(code, "getpid()")) return;
  ForEachWord(code, "TempDir", [&](size_t at) {
    findings.push_back({source.path, LineOf(code, at),
                        "TempDir: the name must be this process's own: mkdtemp, or getpid() in "
                        "it, as in tests/client/temporary_path.h"});
  });
}

}  // namespace

std::vector<Finding> CheckNothingIsUnfinished(const Source& source) {
  std::vector<Finding> findings;
  if (IsTheRulesThemselves(source.path) || source.path == "LICENSE") return findings;
  // In code a literal may hold such a word; what is said about the code may not.
  const std::string text = IsCpp(source.path) ? TakeApart(source.text).comments : source.text;
  for (const absl::string_view word : {"TODO", "FIXME", "XXX"}) {
    ForEachWord(text, word, [&](size_t at) {
      findings.push_back({source.path, LineOf(text, at),
                          absl::StrCat(word,
                                       ": finish it, or leave it out and name it as a limit "
                                       "in README.md")});
    });
  }
  if (!IsCpp(source.path)) return findings;
  const std::string code = TakeApart(source.text).code;
  ForEachWord(code, "GTEST_SKIP", [&](size_t at) {
    if (absl::StartsWith(code.substr(at), "GTEST_SKIP() << ")) return;
    findings.push_back(
        {source.path, LineOf(code, at), "GTEST_SKIP: say why: GTEST_SKIP() << \"needs ...\""});
  });
  return findings;
}

std::vector<Finding> CheckBannedCode(const Source& source) {
  std::vector<Finding> findings;
  if (!IsCpp(source.path) || IsTheRulesThemselves(source.path)) return findings;
  const std::string code = TakeApart(source.text).code;
  for (const auto& [word, instead] : kBannedCode) {
    ForEachWord(code, word, [&, &word = word, &instead = instead](size_t at) {
      findings.push_back({source.path, LineOf(code, at), absl::StrCat(word, ": ", instead)});
    });
  }
  BanNew(source, code, findings);
  BanSharedFiles(source, code, findings);
  return findings;
}

std::vector<Finding> CheckMachinePaths(const Source& source) {
  std::vector<Finding> findings;
  if (IsTheRulesThemselves(source.path)) return findings;
  for (const absl::string_view path : {"/home", "/root", "/work", "/Users"}) {
    ForEachWord(source.text, path, [&](size_t at) {
      const bool absolute =
          at == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(source.text[at - 1]));
      if (!absolute || !absl::StartsWith(source.text.substr(at + path.size()), "/")) return;
      findings.push_back({source.path, LineOf(source.text, at),
                          absl::StrCat(path,
                                       "/: a path of one machine; name it from the root of "
                                       "the tree, or take it as an argument")});
    });
  }
  return findings;
}

}  // namespace althing::tidy
