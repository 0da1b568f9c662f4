#include "client/script/replica_word.h"

#include <gtest/gtest.h>

namespace althing {
namespace {

TEST(ReplicaWordTest, IsTakenIfItIsThere) {
  const std::vector<Endpoint> endpoints = {{4, "a:1"}};
  std::vector<std::string> words = {"replica=4", "get", "replica=4"};
  EXPECT_EQ(*TakeReplicaWord(words, endpoints), 4u);
  EXPECT_EQ(words, (std::vector<std::string>{"get", "replica=4"}));
  EXPECT_EQ(*TakeReplicaWord(words, endpoints), std::nullopt);
  EXPECT_EQ(words.size(), 2u);
}

TEST(ReplicaWordTest, MustNameAReplica) {
  std::vector<std::string> words = {"replica=5", "get"};
  EXPECT_EQ(TakeReplicaWord(words, {{4, "a:1"}}).status().message(),
            "there is no replica 5. Choose one of 4");
  words[0] = "replica=";
  EXPECT_EQ(TakeReplicaWord(words, {{4, "a:1"}}).status().message(),
            "\"\" is no replica's id. Write its number, as in replica=0");
}

}  // namespace
}  // namespace althing
