// Files of a test.
#ifndef ALTHING_TESTS_CLIENT_TEMPORARY_PATH_H_
#define ALTHING_TESTS_CLIENT_TEMPORARY_PATH_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace althing {

// A name that no other process has: tests run at the same time, each in a process of its own.
inline std::string TemporaryPath(const std::string& name) {
  return absl::StrCat(testing::TempDir(), "althing.", getpid(), ".", name);
}

}  // namespace althing

#endif  // ALTHING_TESTS_CLIENT_TEMPORARY_PATH_H_
