#include "replica/core/request_check.h"

#include <gtest/gtest.h>

#include "tests/core/requests.h"

namespace althing {
namespace {

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
