#include "client/commands/run_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/client/temporary_path.h"

namespace althing {
namespace {

using ::testing::HasSubstr;

// What the file holds; it is removed.
std::string ReadAndRemove(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::remove(path.c_str());
  return text;
}

TEST(RunFilesTest, HaveALineForEachAccessAndTheReport) {
  const std::string base = TemporaryPath("run_files.");
  const RunOptions options = {
      .history = base + "history", .csv = base + "csv", .json = base + "json"};
  RunFiles files(options);
  ASSERT_TRUE(files.Open().ok());
  files.WriteAccess(
      {.item = {OpKind::kModify, 1}, .read = true, .due_ns = 1, .sent_ns = 2, .ended_ns = 3});
  files.WriteAccess(
      {.item = {OpKind::kWrite, 1}, .due_ns = 4, .sent_ns = 5, .status = absl::CancelledError("")});
  files.WriteHistory("a line\n");
  ASSERT_TRUE(files.Close("{}\n").ok());
  EXPECT_EQ(ReadAndRemove(*options.csv),
            "due_ns,sent_ns,ended_ns,operation,access,status\n"
            "1,2,3,read-modify-write,read,OK\n"
            "4,5,,write,write,CANCELLED\n");
  EXPECT_EQ(ReadAndRemove(*options.history), "a line\n");
  EXPECT_EQ(ReadAndRemove(*options.json), "{}\n");
}

TEST(RunFilesTest, WhatCannotBeWrittenIsSaid) {
  const RunOptions nowhere = {.csv = "/dev/null/x"};
  EXPECT_THAT(std::string(RunFiles(nowhere).Open().message()),
              HasSubstr("--csv /dev/null/x cannot be written"));
  const RunOptions full = {.json = "/dev/full"};
  RunFiles files(full);
  ASSERT_TRUE(files.Open().ok());
  EXPECT_THAT(std::string(files.Close("{}").message()),
              HasSubstr("the report is not complete: /dev/full could not be written to its end"));
}

}  // namespace
}  // namespace althing
