// The tree's sources as texts, for rules that read them.
#ifndef ALTHING_TESTS_TIDY_SOURCE_H_
#define ALTHING_TESTS_TIDY_SOURCE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace althing::tidy {

struct Source {
  std::string path;  // From the root of the tree, as in "replica/core/ids.h".
  std::string text;
};

// Something that breaks a rule. `words` say what, and what to do instead.
struct Finding {
  std::string path;
  int line = 0;  // From 1; 0: the file as a whole.
  std::string words;

  bool operator==(const Finding&) const = default;
};

// "replica/core/ids.h:12: words", as editors understand it.
std::string ToString(const Finding& finding);

// All files below `root` but those in build/, run/ and hidden folders other than .ci; by path.
std::vector<Source> ReadTree(const std::string& root);

bool IsCpp(absl::string_view path);

// C++ text taken apart. Both are as long as the text and break lines where it does.
struct CodeView {
  std::string code;      // Comments and the insides of literals are blank.
  std::string comments;  // All but comments is blank.
};
CodeView TakeApart(absl::string_view text);

// The line, from 1, of the byte at `offset`.
int LineOf(absl::string_view text, size_t offset);

// Calls `found` with the offset of each `word` in `text` that has no letter, digit or underscore
// on either side.
void ForEachWord(absl::string_view text, absl::string_view word,
                 const std::function<void(size_t)>& found);

}  // namespace althing::tidy

#endif  // ALTHING_TESTS_TIDY_SOURCE_H_
