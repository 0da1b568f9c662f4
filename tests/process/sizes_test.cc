// Keys, values and messages at their limits and above: through the client's library to real
// replicas, and as the program says it.
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/cluster.h"

namespace althing {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

constexpr size_t kKeyMax = 100, kValueMax = 10'000;
constexpr size_t kRequestMax = kKeyMax + 2 * kValueMax;
constexpr size_t kMessageMax = kRequestMax + 48 + (64 << 10);

std::string Of(size_t size) { return std::string(size, 'x'); }

class SizesTest : public testing::Test {
 protected:
  explicit SizesTest(const Json& limits = {{"key_bytes_max", kKeyMax},
                                           {"value_bytes_max", kValueMax},
                                           {"request_bytes_max", kRequestMax},
                                           {"request_commands_max", 1}})
      : cluster_(3, {{"limits", limits}}), client_(cluster_.MakeClient()) {}
  void SetUp() override { ASSERT_TRUE(cluster_.StartAll()); }

  Answer Call(int i, const v1::Command& command) {
    return client_->Propose(static_cast<size_t>(i), command, kCallTimeout);
  }
  // Is refused with these words, surely not written, and nobody goes down for it.
  void ExpectRefused(const v1::Command& command, StatusCode code, const std::string& words) {
    const Answer answer = Call(0, command);
    EXPECT_EQ(answer.status.code(), code) << answer.status;
    EXPECT_THAT(std::string(answer.status.message()), HasSubstr(words));
    EXPECT_TRUE(answer.refused) << words;
  }
  // Written here, read there.
  void ExpectTaken(const std::string& key, const std::string& value) {
    const Answer put = Call(0, MakeCommand(v1::OPERATION_PUT, key, value));
    EXPECT_TRUE(put.status.ok()) << put.status;
    const Answer get = Call(1, MakeCommand(v1::OPERATION_GET, key));
    EXPECT_TRUE(get.status.ok()) << get.status;
    EXPECT_TRUE(get.reply.results(0).found());
    EXPECT_TRUE(get.reply.results(0).value() == value)
        << get.reply.results(0).value().size() << " bytes came back";
  }

  Cluster cluster_;
  std::unique_ptr<AdminClient> client_;
};

TEST_F(SizesTest, AKeyHasOneByteToItsLimitOfAnyKind) {
  for (const std::string& key :
       {Of(1), Of(kKeyMax), std::string(1, '\0'), std::string("a\nb\0c", 5),
        std::string("\xFF\xFE\x80"), std::string(" ")}) {
    ExpectTaken(key, absl::StrCat("of ", key.size()));
  }
  const v1::Operation all[] = {v1::OPERATION_GET, v1::OPERATION_PUT, v1::OPERATION_DELETE,
                               v1::OPERATION_APPEND};
  for (const v1::Operation operation : all) {
    ExpectRefused(MakeCommand(operation, ""), StatusCode::kInvalidArgument, "the key is empty");
    ExpectRefused(MakeCommand(operation, Of(kKeyMax + 1)), StatusCode::kResourceExhausted,
                  "the key has 101 bytes; the limit is 100 (limits.key_bytes_max)");
  }
}

TEST_F(SizesTest, AValueHasNoByteToItsLimit) {
  for (const size_t size : {size_t{0}, size_t{1}, kValueMax - 1, kValueMax}) {
    ExpectTaken("key", Of(size));
  }
  const std::string words = "has 10001 bytes; the limit is 10000 (limits.value_bytes_max)";
  const v1::Command put = MakeCommand(v1::OPERATION_PUT, "key", Of(kValueMax + 1));
  ExpectRefused(put, StatusCode::kResourceExhausted, "the value " + words);
  ExpectRefused(MakeCommand(v1::OPERATION_APPEND, "key", Of(kValueMax + 1)),
                StatusCode::kResourceExhausted, "the value " + words);
  // Also what the value would grow to.
  ExpectRefused(MakeCommand(v1::OPERATION_APPEND, "key", "x"), StatusCode::kResourceExhausted,
                "10000");
  v1::Command compared = MakeCommand(v1::OPERATION_DELETE, "key");
  compared.set_if_value(Of(kValueMax + 1));
  ExpectRefused(compared, StatusCode::kResourceExhausted, "the value to compare with " + words);
  compared.set_if_value(Of(kValueMax));
  EXPECT_TRUE(Call(0, compared).status.ok());
  EXPECT_EQ(cluster_.Get(2, "key"), "none version 5");
}

// Also what no limit of the store lets in is read up to the limit of a message, and answered in
// words.
TEST_F(SizesTest, AMessageAboveWhatIsReceivedIsRefusedUnread) {
  const Answer below = Call(0, MakeCommand(v1::OPERATION_PUT, "key", Of(kMessageMax - kKeyMax)));
  EXPECT_THAT(std::string(below.status.message()), HasSubstr("(limits.value_bytes_max)"));
  for (const size_t size : {kMessageMax, 10 * kMessageMax, size_t{64} << 20}) {
    const Answer answer = Call(0, MakeCommand(v1::OPERATION_PUT, "key", Of(size)));
    EXPECT_EQ(answer.status.code(), StatusCode::kResourceExhausted) << answer.status;
    EXPECT_THAT(std::string(answer.status.message()), HasSubstr(absl::StrCat(kMessageMax)));
  }
  EXPECT_EQ(cluster_.Get(0, "key"), "none version 0");
}

TEST_F(SizesTest, TheProgramSaysTheLimit) {
  const std::string path = cluster_.directory() + "/value";
  std::ofstream(path) << Of(kValueMax + 1);
  const Finished above = cluster_.RunClient({"put", "key", "--value-file", path});
  EXPECT_EQ(above.exit_code, 4);
  EXPECT_THAT(above.err, HasSubstr("the limit is 10000 (limits.value_bytes_max)"));
  std::ofstream(path) << Of(kValueMax);
  EXPECT_EQ(cluster_.RunClient({"put", "key", "--value-file", path}).exit_code, 0);
  EXPECT_EQ(cluster_.RunClient({"get", "key"}).out, Of(kValueMax) + "\n");
  EXPECT_EQ(cluster_.RunClient({"put", "empty", ""}).exit_code, 0);
  EXPECT_EQ(cluster_.RunClient({"get", "empty"}).out, "\n");
  EXPECT_EQ(cluster_.RunClient({"put", "", "value"}).exit_code, 3);
}

// With the limits that hold when nobody sets any.
class DefaultSizesTest : public SizesTest {
 protected:
  DefaultSizesTest() : SizesTest(Json::object()) {}
};

TEST_F(DefaultSizesTest, TheLargestCommandThereIsReachesAll) {
  constexpr size_t kDefaultKeyMax = 4096, kDefaultValueMax = 1 << 20;
  const std::string key = Of(kDefaultKeyMax);
  ExpectTaken(key, Of(kDefaultValueMax));
  v1::Command largest = MakeCommand(v1::OPERATION_PUT, key, std::string(kDefaultValueMax, 'y'));
  largest.set_if_value(Of(kDefaultValueMax));
  const Answer answer = Call(2, largest);
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.reply.results(0).version(), 2);
  EXPECT_TRUE(cluster_.WaitExecuted());
  ExpectRefused(MakeCommand(v1::OPERATION_PUT, key, Of(kDefaultValueMax + 1)),
                StatusCode::kResourceExhausted, "the limit is 1048576 (limits.value_bytes_max)");
}

}  // namespace
}  // namespace althing
