#include "tests/process/trace_lines.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace althing {
namespace {

// "3" of "from=3".
std::string ValueOf(const std::string& word, const std::string& name) {
  EXPECT_TRUE(absl::StartsWith(word, name + "=")) << word;
  return word.substr(word.find('=') + 1);
}

// Lines such as "... event=send message=PreAccept from=0 to=1 instance=0.1 partition=0".
Messages Traced(const Cluster& cluster, const std::string& direction) {
  const std::string mark = absl::StrCat(" event=", direction, " message=");
  Messages messages;
  for (int i = 0; i < cluster.members(); ++i) {
    const std::string log = cluster.Log(i);
    for (const absl::string_view line : absl::StrSplit(log, '\n')) {
      const size_t at = line.find(mark);
      if (at == absl::string_view::npos) continue;
      const std::vector<std::string> words = absl::StrSplit(line.substr(at + mark.size()), ' ');
      if (words.size() < 4) continue;  // The line is being written.
      const std::string pair =
          absl::StrCat(ValueOf(words[1], "from"), " -> ", ValueOf(words[2], "to"));
      messages[pair].push_back(absl::StartsWith(words[3], "instance=")
                                   ? absl::StrCat(words[0], " ", ValueOf(words[3], "instance"))
                                   : words[0]);
    }
  }
  return messages;
}

}  // namespace

Messages SentMessages(const Cluster& cluster) { return Traced(cluster, "send"); }
Messages ReceivedMessages(const Cluster& cluster) { return Traced(cluster, "recv"); }

Messages GoldenMessages(const std::string& name) {
  const std::string text = ReadFile(absl::StrCat(ALTHING_SOURCE_DIR, "/tests/golden/", name));
  Messages messages;
  // Lines such as "0 -> 1 PreAccept 0.1 deps=[0 0 0 0 0]".
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() < 5 || words[1] != "->" || absl::StartsWith(words[3], "Heartbeat")) continue;
    messages[absl::StrCat(words[0], " -> ", words[2])].push_back(
        absl::StrCat(words[3], " ", words[4]));
  }
  EXPECT_FALSE(messages.empty()) << name;
  return messages;
}

}  // namespace althing
