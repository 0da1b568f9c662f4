#include "client/commands/kv_options.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "client/library/convert.h"

namespace althing {
namespace {

// The command as text, or the error.
std::string Made(const KvOptions& options, const std::string& in = "") {
  std::istringstream stream(in);
  const absl::StatusOr<KeyCommand> command = MakeCommand(options, stream);
  return command.ok() ? ToProto(*command).ShortDebugString()
                      : std::string(command.status().message());
}

TEST(KvOptionsTest, MakesTheCommandThatIsMeant) {
  EXPECT_EQ(Made({.key = "k"}), "operation: OPERATION_GET key: \"k\"");
  EXPECT_EQ(Made({.operation = KeyCommand::Operation::kPut, .key = "k", .value = ""}),
            "operation: OPERATION_PUT key: \"k\"");
  EXPECT_EQ(
      Made(
          {.operation = KeyCommand::Operation::kAppend, .key = "k", .value = "v", .if_version = 7}),
      "operation: OPERATION_APPEND key: \"k\" value: \"v\" if_version: 7");
  EXPECT_EQ(Made({.operation = KeyCommand::Operation::kDelete, .key = "k", .if_value = ""}),
            "operation: OPERATION_DELETE key: \"k\" if_value: \"\"");
  EXPECT_EQ(
      Made({.operation = KeyCommand::Operation::kPut, .key = "k", .value = "v", .if_absent = true}),
      "operation: OPERATION_PUT key: \"k\" value: \"v\" if_version: 0");
}

TEST(KvOptionsTest, DecodesEverythingThatIsWritten) {
  EXPECT_EQ(Made({.operation = KeyCommand::Operation::kPut,
                  .key = "6b",
                  .value = "76",
                  .if_value = "6F",
                  .encoding = Encoding::kHex}),
            "operation: OPERATION_PUT key: \"k\" value: \"v\" if_value: \"o\"");
  EXPECT_EQ(Made({.key = "x", .encoding = Encoding::kHex}),
            "KEY is not hex. Write two digits 0-9 a-f a byte");
  EXPECT_EQ(Made({.operation = KeyCommand::Operation::kDelete,
                  .key = "6b",
                  .if_value = "x",
                  .encoding = Encoding::kHex}),
            "--if-value is not hex. Write two digits 0-9 a-f a byte");
}

TEST(KvOptionsTest, TakesTheValueFromAFileAsItIs) {
  const auto from = [](const std::string& path) {
    return KvOptions{.operation = KeyCommand::Operation::kPut,
                     .key = "6b",
                     .value_file = path,
                     .encoding = Encoding::kHex};
  };
  EXPECT_EQ(Made(from("-"), "a\nb\n"), "operation: OPERATION_PUT key: \"k\" value: \"a\\nb\\n\"");
  const std::string path = (std::filesystem::temp_directory_path() / "kv_options_test").string();
  std::ofstream(path) << "ff";
  EXPECT_EQ(Made(from(path)), "operation: OPERATION_PUT key: \"k\" value: \"ff\"");
  std::filesystem::remove(path);
  EXPECT_EQ(Made(from(path)),
            "--value-file: " + path + " cannot be read. Give a file, or - for standard input");
  EXPECT_EQ(Made(from("/")),
            "--value-file: / cannot be read. Give a file, or - for standard input");
}

TEST(KvOptionsTest, AKeyHasAByte) {
  EXPECT_EQ(Made({}), "the key is empty. A key has at least one byte");
}

}  // namespace
}  // namespace althing
