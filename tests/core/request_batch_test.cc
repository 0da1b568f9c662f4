#include "replica/core/request_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/str_cat.h"
#include "replica/core/partition_map.h"

namespace althing {
namespace {

using testing::ElementsAre;

pb::Command Make(pb::Operation operation, std::string key, std::string value = "") {
  pb::Command command;
  command.set_operation(operation);
  command.set_key(std::move(key));
  command.set_value(std::move(value));
  return command;
}

pb::Request Of(const std::vector<pb::Command>& commands) {
  pb::Request request;
  for (const pb::Command& command : commands) *request.add_commands() = command;
  return request;
}

std::string Encode(const std::vector<pb::Request>& requests) {
  pb::RequestBatch batch;
  for (const pb::Request& request : requests) *batch.add_requests() = request;
  return batch.SerializeAsString();
}

pb::Request InSession(uint32_t coordinator, uint64_t slot, uint32_t position) {
  pb::Request request;
  request.mutable_session()->set_partition(5);
  request.mutable_session()->set_coordinator(coordinator);
  request.mutable_session()->set_slot(slot);
  request.mutable_session()->set_position(position);
  return request;
}

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

InstanceId At(int coordinator, Slot slot) {
  return {slot, MemberIndex{static_cast<uint8_t>(coordinator)}};
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

TEST(CheckRequestTest, NamesTheLimit) {
  const auto text = [](const pb::Request& request) {
    const std::string bytes = Encode({request});
    RequestReader reader(bytes);
    RequestView view;
    EXPECT_TRUE(reader.Next(&view));
    return CheckRequest(
               view, {.key_bytes_max = 4, .value_bytes_max = 8, .bytes_max = 20, .commands_max = 3})
        .ToString();
  };
  const auto one = [&](const pb::Command& command) { return text(Of({command})); };
  EXPECT_EQ(one(Make(pb::OPERATION_PUT, "1234", "12345678")), "OK");
  EXPECT_EQ(one(Make(pb::OPERATION_PUT, "1", "")), "OK");
  EXPECT_EQ(one(Make(pb::OPERATION_PUT, "12345", "")),
            "RESOURCE_EXHAUSTED: the key has 5 bytes; the limit is 4 (limits.key_bytes_max)");
  EXPECT_EQ(one(Make(pb::OPERATION_PUT, "1", "123456789")),
            "RESOURCE_EXHAUSTED: the value has 9 bytes; the limit is 8 (limits.value_bytes_max)");
  pb::Command conditional = Make(pb::OPERATION_DELETE, "1");
  conditional.set_if_value("123456789");
  EXPECT_EQ(one(conditional),
            "RESOURCE_EXHAUSTED: the value to compare with has 9 bytes; the limit is 8 "
            "(limits.value_bytes_max)");
  conditional.set_operation(pb::OPERATION_GET);
  EXPECT_EQ(one(conditional), "INVALID_ARGUMENT: GET takes no condition; compare what it returns");
  EXPECT_EQ(one(Make(pb::OPERATION_GET, "")),
            "INVALID_ARGUMENT: the key is empty; a key has at least 1 byte");
  EXPECT_EQ(one(Make(pb::OPERATION_GET, "a", "b")),
            "INVALID_ARGUMENT: only PUT and APPEND take a value");
  EXPECT_EQ(one(Make(static_cast<pb::Operation>(77), "a")),
            "INVALID_ARGUMENT: operation 77 is unknown; use GET, PUT, DELETE or APPEND");
  const pb::Command get = Make(pb::OPERATION_GET, "1");
  EXPECT_EQ(text(Of({get, get, get})), "OK");
  EXPECT_EQ(text(Of({get, get, get, get})),
            "RESOURCE_EXHAUSTED: the request has 4 commands; the limit is 3 "
            "(limits.request_commands_max)");
  EXPECT_EQ(text(Of({get, Make(pb::OPERATION_GET, "12345")})),
            "RESOURCE_EXHAUSTED: command 2 of 2: the key has 5 bytes; the limit is 4 "
            "(limits.key_bytes_max)");
  const pb::Command put = Make(pb::OPERATION_PUT, "1234", "12345678");
  EXPECT_EQ(text(Of({put, put})),
            "RESOURCE_EXHAUSTED: the request has 24 bytes; the limit is 20 "
            "(limits.request_bytes_max)");
}

TEST(CheckRequestTest, SaysWhatIsWrongWithASession) {
  const auto text = [](const pb::Request& request) {
    const std::string bytes = Encode({request});
    RequestReader reader(bytes);
    RequestView view;
    EXPECT_TRUE(reader.Next(&view));
    const RequestLimits none{1000, 1000, 1000, 1000};
    return std::string(CheckRequest(view, none).message());
  };
  pb::Request request = InSession(0, 1, 0);
  *request.add_commands() = Make(pb::OPERATION_GET, "a");
  EXPECT_EQ(text(request), "a request in a session needs a number, from 1");
  request.set_number(1);
  EXPECT_EQ(text(request), "");
  request.clear_session();
  EXPECT_EQ(text(request), "only commands in a session take a number");
  request.mutable_keep();
  EXPECT_EQ(text(request), "a request has commands or an act on a session, not both");
  request.clear_commands();
  EXPECT_EQ(text(request), "trimming, closing and keeping need the session's id");
  request = InSession(0, 1, 0);
  request.mutable_open();
  EXPECT_EQ(text(request), "opening a session takes no session; it returns one");
  for (pb::Request no_instance : {InSession(9, 1, 0), InSession(300, 1, 0), InSession(0, 0, 0)}) {
    no_instance.mutable_keep();
    EXPECT_EQ(text(no_instance),
              "the session's id names no instance; use the one that opening a session returned");
  }
  request = InSession(0, 1, 0);
  request.mutable_close();
  EXPECT_EQ(text(request), "");
  request.mutable_close()->set_if_executed(1);
  EXPECT_EQ(text(request), "only replicas close a session under a condition");
  request.mutable_keep();
  request.set_number(1);
  EXPECT_EQ(text(request), "only commands in a session take a number");
  EXPECT_EQ(text(pb::Request()), "the request has no command; give it at least one");
}

}  // namespace
}  // namespace althing
