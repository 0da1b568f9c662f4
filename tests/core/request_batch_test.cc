#include "replica/core/request_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "replica/core/partition_map.h"

namespace althing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

pb::Command Make(pb::Operation operation, std::string key, std::string value = "") {
  pb::Command command;
  command.set_operation(operation);
  command.set_key(std::move(key));
  command.set_value(std::move(value));
  return command;
}

std::string Encode(const std::vector<pb::Command>& commands) {
  pb::CommandBatch batch;
  for (const pb::Command& command : commands) *batch.add_commands() = command;
  return batch.SerializeAsString();
}

std::vector<std::string> Read(const std::string& bytes, bool* ok) {
  std::vector<std::string> commands;
  CommandReader reader(bytes);
  for (CommandView c; reader.Next(&c);) {
    commands.push_back(std::to_string(c.operation) + " " + std::string(c.key) + "=" +
                       std::string(c.value));
  }
  *ok = reader.ok();
  return commands;
}

TEST(CommandReaderTest, ReadsInOrderAndJoinedBatchesAsOne) {
  bool ok = false;
  const std::string two = Encode({Make(pb::OPERATION_PUT, "a", "1"), Make(pb::OPERATION_GET, "b")});
  const std::string one = Encode({Make(pb::OPERATION_DELETE, std::string("\0c", 2))});
  EXPECT_THAT(Read(two + one, &ok), ElementsAre("2 a=1", "1 b=", std::string("3 \0c=", 5)));
  EXPECT_TRUE(ok);
}

TEST(CommandReaderTest, SkipsFieldsOfLaterVersions) {
  bool ok = false;
  pb::Command command = Make(pb::OPERATION_GET, "k");
  auto* reflection = command.GetReflection();
  reflection->MutableUnknownFields(&command)->AddVarint(99, 5);
  reflection->MutableUnknownFields(&command)->AddLengthDelimited(98, "later");
  pb::CommandBatch batch;
  *batch.add_commands() = command;
  batch.GetReflection()->MutableUnknownFields(&batch)->AddFixed64(97, 1);
  EXPECT_THAT(Read(batch.SerializeAsString(), &ok), ElementsAre("1 k="));
  EXPECT_TRUE(ok);
}

RC_GTEST_PROP(CommandReaderTest, ReadsWhatProtobufWrites, ()) {
  const auto keys = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
  std::vector<pb::Command> commands;
  std::vector<std::string> expected;
  for (const std::string& key : keys) {
    commands.push_back(Make(pb::OPERATION_PUT, key, key + key));
    expected.push_back("2 " + key + "=" + key + key);
  }
  bool ok = false;
  RC_ASSERT(Read(Encode(commands), &ok) == expected);
  RC_ASSERT(ok);
}

RC_GTEST_PROP(CommandReaderTest, AgreesWithProtobufOnDamage, ()) {
  std::string bytes =
      Encode({Make(pb::OPERATION_PUT, "key", "value"), Make(pb::OPERATION_GET, "k")});
  const size_t cut = *rc::gen::inRange<size_t>(0, bytes.size());
  const size_t at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  bytes.resize(bytes.size() - cut);
  bool ok = false;
  const size_t count = Read(bytes, &ok).size();
  pb::CommandBatch batch;
  RC_ASSERT(ok == batch.ParseFromString(bytes));
  if (ok) RC_ASSERT(count == static_cast<size_t>(batch.commands_size()));
}

TEST(CommandReaderTest, SeesDamageAtTheEnd) {
  const std::string batch = Encode({Make(pb::OPERATION_GET, "k")});
  for (const std::string& end : {std::string("\0", 1), std::string("\xff"), std::string("\x0a"),
                                 std::string("\x0a\x05\x08\x01"), std::string("\x0a\x01\x00", 3)}) {
    bool ok = true;
    Read(batch + end, &ok);
    EXPECT_FALSE(ok);
    EXPECT_FALSE(pb::CommandBatch().ParseFromString(batch + end));
  }
}

TEST(ParsePayloadTest, JoinsTheAccessesOfEachKey) {
  const auto payload =
      ParsePayload(Encode({Make(pb::OPERATION_GET, "a"), Make(pb::OPERATION_GET, "b"),
                           Make(pb::OPERATION_PUT, "a", "1"), Make(pb::OPERATION_GET, "a")}),
                   7);
  ASSERT_TRUE(payload.ok());
  std::vector<KeyAccess> expected = {{HashKey("a", 7), true}, {HashKey("b", 7), false}};
  if (expected[1].key < expected[0].key) std::swap(expected[0], expected[1]);
  EXPECT_EQ(payload->keys, expected);
  EXPECT_EQ(payload->commands, 4u);
}

TEST(ParsePayloadTest, RefusesWhatNoReplicaLetsIn) {
  EXPECT_THAT(ParsePayload("", 0).status().ToString(), HasSubstr("holds no command"));
  EXPECT_THAT(ParsePayload("\xff\xff", 0).status().ToString(),
              HasSubstr("no encoded CommandBatch"));
  EXPECT_THAT(ParsePayload(Encode({Make(pb::OPERATION_GET, "")}), 0).status().ToString(),
              HasSubstr("command 0 of the batch has no key"));
  EXPECT_THAT(
      ParsePayload(Encode({Make(pb::OPERATION_GET, "a"), Make(pb::OPERATION_UNSPECIFIED, "a")}), 0)
          .status()
          .ToString(),
      HasSubstr("command 1 of the batch has no key or operation 0"));
}

TEST(CommandReaderTest, ReadsConditionsAndQuotesEachCommand) {
  pb::Command by_version = Make(pb::OPERATION_PUT, "a", "1");
  by_version.set_if_version(0);
  pb::Command by_value = Make(pb::OPERATION_APPEND, "b", "2");
  by_value.set_if_value("old");
  const std::string bytes = Encode({by_version, by_value});
  CommandReader reader(bytes);
  CommandView command;
  ASSERT_TRUE(reader.Next(&command));
  EXPECT_EQ(command.condition.kind, Condition::Kind::kVersion);
  EXPECT_EQ(reader.encoded(), Encode({by_version}));
  ASSERT_TRUE(reader.Next(&command));
  EXPECT_EQ(command.condition.kind, Condition::Kind::kValue);
  EXPECT_EQ(command.condition.value, "old");
  EXPECT_EQ(reader.encoded(), Encode({by_value}));
  EXPECT_FALSE(reader.Next(&command));
}

TEST(CheckCommandTest, NamesTheLimit) {
  const auto text = [](const pb::Command& command) {
    return CheckCommand(command, 4, 8).ToString();
  };
  EXPECT_EQ(text(Make(pb::OPERATION_PUT, "1234", "12345678")), "OK");
  EXPECT_EQ(text(Make(pb::OPERATION_PUT, "1", "")), "OK");
  EXPECT_EQ(text(Make(pb::OPERATION_PUT, "12345", "")),
            "RESOURCE_EXHAUSTED: the key has 5 bytes; the limit is 4 (limits.key_bytes_max)");
  EXPECT_EQ(text(Make(pb::OPERATION_PUT, "1", "123456789")),
            "RESOURCE_EXHAUSTED: the value has 9 bytes; the limit is 8 (limits.value_bytes_max)");
  pb::Command conditional = Make(pb::OPERATION_DELETE, "1");
  conditional.set_if_value("123456789");
  EXPECT_EQ(text(conditional),
            "RESOURCE_EXHAUSTED: the value to compare with has 9 bytes; the limit is 8 "
            "(limits.value_bytes_max)");
  conditional.set_operation(pb::OPERATION_GET);
  EXPECT_EQ(text(conditional), "INVALID_ARGUMENT: GET takes no condition; compare what it returns");
  EXPECT_EQ(text(Make(pb::OPERATION_GET, "")),
            "INVALID_ARGUMENT: the key is empty; a key has at least 1 byte");
  EXPECT_EQ(text(Make(pb::OPERATION_GET, "a", "b")),
            "INVALID_ARGUMENT: only PUT and APPEND take a value");
  EXPECT_EQ(text(Make(static_cast<pb::Operation>(77), "a")),
            "INVALID_ARGUMENT: operation 77 is unknown; use GET, PUT, DELETE or APPEND");
}

}  // namespace
}  // namespace althing
