#include "replica/core/request_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/str_cat.h"
#include "replica/core/partition_map.h"
#include "tests/core/ids.h"
#include "tests/core/requests.h"

namespace althing {
namespace {

using testing::ElementsAre;

// "1 a=b, 2 c= in 0.1/2 number 3".
std::string Text(const RequestView& r) {
  std::string text;
  for (const CommandView& c : r.commands) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", c.operation, " ", std::string(c.key), "=",
                    std::string(c.value));
  }
  static constexpr const char* kActs[] = {"", "open", "trim", "close", "keep"};
  text += kActs[static_cast<size_t>(r.act)];
  if (r.act == RequestView::Act::kTrim) absl::StrAppend(&text, " ", r.trim_below);
  if (r.close_if_executed) absl::StrAppend(&text, " if ", *r.close_if_executed);
  if (r.session) {
    absl::StrAppend(&text, " in ", ToString(r.session->instance), "/", r.session->position);
  }
  if (r.number > 0) absl::StrAppend(&text, " number ", r.number);
  return text;
}

std::vector<std::string> Read(const std::string& bytes, bool* ok) {
  std::vector<std::string> requests;
  RequestReader reader(bytes);
  for (RequestView r; reader.Next(&r);) requests.push_back(Text(r));
  *ok = reader.ok();
  return requests;
}

TEST(RequestReaderTest, ReadsInOrderAndJoinedBatchesAsOne) {
  bool ok = false;
  const std::string two =
      Encode({Of({Make(pb::OPERATION_PUT, "a", "1")}),
              Of({Make(pb::OPERATION_GET, "b"), Make(pb::OPERATION_GET, "c")})});
  const std::string one = Encode({Of({Make(pb::OPERATION_DELETE, std::string("\0c", 2))})});
  EXPECT_THAT(Read(two + one, &ok), ElementsAre("2 a=1", "1 b=, 1 c=", std::string("3 \0c=", 5)));
  EXPECT_TRUE(ok);
}

TEST(RequestReaderTest, ReadsSessions) {
  pb::Request open, put = InSession(1, 7, 3), trim = InSession(8, 1, 0), close = trim,
                    close_if = trim, keep = trim;
  open.mutable_open()->set_partition(3);
  *put.add_commands() = Make(pb::OPERATION_PUT, "a", "1");
  put.set_number(12);
  trim.mutable_trim()->set_below(1000);
  close.mutable_close();
  close_if.mutable_close()->set_if_executed(0);
  keep.mutable_keep();
  bool ok = false;
  EXPECT_THAT(Read(Encode({open, put, trim, close, close_if, keep}), &ok),
              ElementsAre("open", "2 a=1 in 1.7/3 number 12", "trim 1000 in 8.1/0",
                          "close in 8.1/0", "close if 0 in 8.1/0", "keep in 8.1/0"));
  EXPECT_TRUE(ok);
}

TEST(RequestReaderTest, SkipsFieldsOfLaterVersions) {
  bool ok = false;
  pb::Command command = Make(pb::OPERATION_GET, "k");
  auto* reflection = command.GetReflection();
  reflection->MutableUnknownFields(&command)->AddVarint(99, 5);
  reflection->MutableUnknownFields(&command)->AddLengthDelimited(98, "later");
  pb::Request request = Of({command});
  request.GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(96, "later");
  pb::RequestBatch batch;
  *batch.add_requests() = request;
  batch.GetReflection()->MutableUnknownFields(&batch)->AddFixed64(97, 1);
  EXPECT_THAT(Read(batch.SerializeAsString(), &ok), ElementsAre("1 k="));
  EXPECT_TRUE(ok);
}

RC_GTEST_PROP(RequestReaderTest, ReadsWhatProtobufWrites, ()) {
  const auto keys = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
  std::vector<pb::Request> requests;
  std::vector<std::string> expected;
  for (const std::string& key : keys) {
    requests.push_back(Of({Make(pb::OPERATION_PUT, key, key + key), Make(pb::OPERATION_GET, key)}));
    expected.push_back("2 " + key + "=" + key + key + ", 1 " + key + "=");
  }
  bool ok = false;
  RC_ASSERT(Read(Encode(requests), &ok) == expected);
  RC_ASSERT(ok);
}

RC_GTEST_PROP(RequestReaderTest, AgreesWithProtobufOnDamage, ()) {
  pb::Request trim = InSession(1, 700, 3);
  trim.mutable_trim()->set_below(1000);
  pb::Request close = InSession(1, 700, 3);
  close.mutable_close()->set_if_executed(300);
  std::string bytes = Encode(
      {Of({Make(pb::OPERATION_PUT, "key", "value"), Make(pb::OPERATION_GET, "k")}), trim, close});
  const size_t cut = *rc::gen::inRange<size_t>(0, bytes.size());
  const size_t at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  bytes.resize(bytes.size() - cut);
  bool ok = false;
  const size_t count = Read(bytes, &ok).size();
  pb::RequestBatch batch;
  RC_ASSERT(ok == batch.ParseFromString(bytes));
  if (ok) RC_ASSERT(count == static_cast<size_t>(batch.requests_size()));
}

TEST(RequestReaderTest, SeesDamageAtTheEnd) {
  const std::string batch = Encode({Of({Make(pb::OPERATION_GET, "k")})});
  for (const std::string& end : {std::string("\0", 1), std::string("\xff"), std::string("\x0a"),
                                 std::string("\x0a\x05\x08\x01"), std::string("\x0a\x01\x00", 3),
                                 std::string("\x0a\x03\x0a\x02\x08", 5)}) {
    bool ok = true;
    Read(batch + end, &ok);
    EXPECT_FALSE(ok);
    EXPECT_FALSE(pb::RequestBatch().ParseFromString(batch + end));
  }
}

TEST(RequestReaderTest, ReadsConditionsAndQuotesEachRequest) {
  pb::Command by_version = Make(pb::OPERATION_PUT, "a", "1");
  by_version.set_if_version(0);
  pb::Command by_value = Make(pb::OPERATION_APPEND, "b", "2");
  by_value.set_if_value("old");
  const std::string bytes = Encode({Of({by_version}), Of({by_value})});
  RequestReader reader(bytes);
  RequestView request;
  ASSERT_TRUE(reader.Next(&request));
  EXPECT_EQ(request.commands[0].condition.kind, Condition::Kind::kVersion);
  EXPECT_EQ(reader.encoded(), Encode({Of({by_version})}));
  ASSERT_TRUE(reader.Next(&request));
  EXPECT_EQ(request.commands[0].condition.kind, Condition::Kind::kValue);
  EXPECT_EQ(request.commands[0].condition.value, "old");
  EXPECT_EQ(reader.encoded(), Encode({Of({by_value})}));
  EXPECT_FALSE(reader.Next(&request));
}

TEST(ParsePayloadTest, JoinsTheAccessesOfEachKey) {
  const auto payload = ParsePayload(
      Encode({Of({Make(pb::OPERATION_GET, "a"), Make(pb::OPERATION_GET, "b")}),
              Of({Make(pb::OPERATION_PUT, "a", "1")}), Of({Make(pb::OPERATION_GET, "a")})}),
      At(0, 1), 7);
  ASSERT_TRUE(payload.ok());
  std::vector<KeyAccess> expected = {{HashKey("a", 7), true}, {HashKey("b", 7), false}};
  if (expected[1].key < expected[0].key) std::swap(expected[0], expected[1]);
  EXPECT_EQ(payload->keys, expected);
  EXPECT_EQ(payload->commands, 4u);
  EXPECT_EQ(payload->requests, 3u);
}

// The accesses of a payload that one request makes in instance `id`.
std::vector<KeyAccess> Accesses(const pb::Request& request, InstanceId id = At(0, 99)) {
  const auto payload = ParsePayload(Encode({request}), id, 0);
  EXPECT_TRUE(payload.ok()) << payload.status();
  return payload->keys;
}

TEST(ParsePayloadTest, RequestsReadTheirSessionAndWhatOpensTrimsAndEndsItWritesIt) {
  pb::Request open, keep = InSession(1, 7, 0), trim = keep, close = keep, get = keep;
  open.mutable_open();
  keep.mutable_keep();
  trim.mutable_trim();
  close.mutable_close();
  *get.add_commands() = Make(pb::OPERATION_GET, "a");
  get.set_number(1);
  const std::vector<KeyAccess> opened = Accesses(open, At(1, 7));
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_TRUE(opened[0].write);
  const KeyHash session = opened[0].key;
  EXPECT_THAT(Accesses(keep), ElementsAre(KeyAccess{session, false}));
  EXPECT_THAT(Accesses(trim), ElementsAre(KeyAccess{session, true}));
  EXPECT_THAT(Accesses(close), ElementsAre(KeyAccess{session, true}));
  EXPECT_THAT(Accesses(get), testing::UnorderedElementsAre(KeyAccess{session, false},
                                                           KeyAccess{HashKey("a", 0), false}));
  // Another instance, slot or position is another session.
  for (const InstanceId other : {At(0, 7), At(1, 8)}) {
    EXPECT_NE(Accesses(open, other)[0].key, session);
  }
  const auto second = ParsePayload(Encode({open, open}), At(1, 7), 0);
  EXPECT_EQ(second->keys.size(), 2u);
}

TEST(ParsePayloadTest, RefusesWhatNoReplicaLetsIn) {
  const auto text = [](const std::string& bytes) {
    return std::string(ParsePayload(bytes, At(0, 1), 0).status().message());
  };
  EXPECT_EQ(text(""), "the payload holds no request");
  EXPECT_EQ(text("\xff\xff"), "the payload is no encoded RequestBatch");
  EXPECT_EQ(text(Encode({Of({Make(pb::OPERATION_GET, "")})})),
            "request 0 of the batch: the key is empty; a key has at least 1 byte");
  EXPECT_EQ(text(Encode({Of({Make(pb::OPERATION_GET, "a")}), Of({})})),
            "request 1 of the batch: the request has no command; give it at least one");
}

}  // namespace
}  // namespace althing
