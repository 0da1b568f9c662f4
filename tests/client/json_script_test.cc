#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/commands/kv_flags.h"
#include "client/script/script.h"

namespace althing {
namespace {

const std::vector<Endpoint> kEndpoints = {{0, "a:1"}, {2, "b:1"}};

absl::StatusOr<Script> Read(const std::string& text) {
  return ParseJsonScript(text, {.name = "s.json", .endpoints = kEndpoints});
}

std::string Error(const std::string& text) {
  const absl::StatusOr<Script> script = Read(text);
  return script.ok() ? "none" : std::string(script.status().message());
}

TEST(JsonScriptTest, ReadsAccessesInOrder) {
  const auto script = Read(R"({"N": 7, "Accesses": [{"R": 2, "T": "w", "K": "k", "V": "v"},
                              {"R": 0, "T": "r", "K": "k"}, {"R": 0, "T": "d", "K": "k", "V": ""}]})");
  ASSERT_TRUE(script.ok()) << script.status();
  EXPECT_EQ(script->count, 7u);
  std::string out;
  for (const Step& step : script->steps) {
    ASSERT_EQ(step.accesses.size(), 1u);
    const Access& access = step.accesses[0];
    absl::StrAppend(&out, access.place, " ", VerbOf(access.command.operation), " ",
                    access.command.key, "=", access.command.value, " at ", *access.replica, "\n");
  }
  EXPECT_EQ(out,
            "s.json: Accesses[0] put k=v at 2\n"
            "s.json: Accesses[1] get k= at 0\n"
            "s.json: Accesses[2] del k= at 0\n");
  EXPECT_FALSE(Read(R"({"Accesses": [{"R": 0, "T": "r", "K": "k"}]})")->count.has_value());
}

TEST(JsonScriptTest, EveryErrorNamesThePlaceAndWhatToDo) {
  const std::pair<const char*, const char*> of_the_whole[] = {
      {"[]", R"(it is no object. Write {"N": ..., "Accesses": [...]})"},
      {R"({"Access": []})", "\"Access\" is unknown. Use N and Accesses"},
      {R"({"N": 0, "Accesses": [{}]})",
       "N is no count of accesses. Write 1 to 1000000000, or leave it out"},
      {R"({"N": "1", "Accesses": [{}]})",
       "N is no count of accesses. Write 1 to 1000000000, or leave it out"},
      {R"({"N": 1})",
       "Accesses is no list of accesses. Write at least one, as in "
       R"([{"R": 0, "T": "w", "K": "key", "V": "value"}])"}};
  for (const auto& [text, error] : of_the_whole) {
    EXPECT_EQ(Error(text), absl::StrCat("s.json: ", error));
  }
  const std::pair<const char*, const char*> of_an_access[] = {
      {"3", R"( is no object. Write {"R": 0, "T": "w", "K": "key", "V": "value"})"},
      {R"({"R": 0, "T": "r", "K": "k", "r": 1})", ".\"r\" is unknown. Use R, T, K and V"},
      {R"({"T": "r", "K": "k"})", " has no R. Name the replica's id"},
      {R"({"R": -1, "T": "r", "K": "k"})", ".R is no replica's id. Write a number, as in 0"},
      {R"({"R": 1, "T": "r", "K": "k"})", ".R is wrong: there is no replica 1. Choose one of 0, 2"},
      {R"({"R": 0, "K": "k"})", " has no T. Write w, r or d: write, read, delete"},
      {R"({"R": 0, "T": "W", "K": "k"})",
       R"(.T is unknown. Write "w", "r" or "d": write, read, delete)"},
      {R"({"R": 0, "T": "r"})", " has no K. Write it as a text"},
      {R"({"R": 0, "T": "r", "K": 5})", ".K is no text. Write it in double quotes"},
      {R"({"R": 0, "T": "r", "K": ""})", ".K is empty. A key has at least one byte"},
      {R"({"R": 0, "T": "w", "K": "k"})", " has no V. Write it as a text"},
      {R"({"R": 0, "T": "d", "K": "k", "V": "v"})", ".V belongs to writes only. Leave it out"}};
  for (const auto& [access, error] : of_an_access) {
    const std::string text =
        absl::StrCat(R"({"Accesses": [{"R": 0, "T": "r", "K": "k"}, )", access, "]}");
    EXPECT_EQ(Error(text), absl::StrCat("s.json: Accesses[1]", error));
  }
  EXPECT_EQ(Error("{\n\"N\": }").find("s.json: line 2"), 0u) << Error("{\n\"N\": }");
}

}  // namespace
}  // namespace althing
