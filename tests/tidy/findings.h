// What rules find, for their tests.
#ifndef ALTHING_TESTS_TIDY_FINDINGS_H_
#define ALTHING_TESTS_TIDY_FINDINGS_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/tidy/source.h"

namespace althing::tidy {

// The lines that `rule` finds fault with in a file at `path`.
inline std::vector<int> Lines(std::vector<Finding> (*rule)(const Source&), const std::string& path,
                              const std::string& text) {
  std::vector<int> lines;
  for (const Finding& finding : rule({path, text})) {
    EXPECT_EQ(finding.path, path);
    lines.push_back(finding.line);
  }
  return lines;
}

}  // namespace althing::tidy

#endif  // ALTHING_TESTS_TIDY_FINDINGS_H_
