// Golden transcripts: each tests/golden/*.txt tells a story of commands and the messages that they
// cause.
//
// A file is a sequence of paragraphs: comment lines (#), command lines, a line "----", and the
// expected output up to the next empty line. With ALTHING_REWRITE_GOLDEN=1 in the environment the
// files are rewritten from what happens. The commands:
//   cluster n=5 thrifty=on|off flush=auto|manual window=64   a new cluster; first in each file
//   propose MEMBER put|get|del|append KEY [VALUE]   a client's command
//   together MEMBER put:KEY:VALUE ...        several in one turn
//   all MEMBER put:KEY:VALUE ...             one request of several commands
//   open MEMBER NAME                         opens a session, which is called NAME here
//   in NAME NUMBER MEMBER put:KEY:VALUE ...  a request in a session that was opened
//   trim NAME BELOW MEMBER  |  close NAME MEMBER  |  keep NAME MEMBER
//   deliver [FILTER...]                      until nothing that passes is left; prints each
//   one FILTER...  |  twice FILTER...        the first that passes; twice delivers it two times
//   drop [FILTER...]                         prints what is lost
//   waiting [FILTER...]                      prints what is on the network
//   flush MEMBER  |  tick COUNT              disks and clocks
//   crash MEMBER                             for good, of which the others are told
//   up MEMBER PEER  |  down MEMBER PEER      what MEMBER is told of PEER
//   replies                                  prints the answers since the last time
// FILTER is type=Commit, from=0, to=1 or id=0.1, or its negation !type=Commit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/sim/cluster.h"

namespace althing::sim {
namespace {

int Number(const std::string& text) {
  int number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(text, &number)) << text;
  return number;
}

Filter ParseFilter(const std::vector<std::string>& words, size_t first) {
  Filter all = [](const Message&) { return true; };
  for (size_t i = first; i < words.size(); ++i) {
    const bool negated = words[i][0] == '!';
    const std::vector<std::string> pair = absl::StrSplit(words[i].substr(negated), '=');
    EXPECT_EQ(pair.size(), 2u) << words[i];
    Filter filter;
    if (pair[0] == "type") {
      filter = [type = pair[1]](const Message& m) { return TypeName(m.envelope) == type; };
    } else if (pair[0] == "from") {
      filter = From(Number(pair[1]));
    } else if (pair[0] == "to") {
      filter = To(Number(pair[1]));
    } else {
      EXPECT_EQ(pair[0], "id") << words[i];
      const std::vector<std::string> id = absl::StrSplit(pair[1], '.');
      filter = Of(Id(Number(id.at(0)), static_cast<Slot>(Number(id.at(1)))));
    }
    all = all && (negated ? Not(filter) : filter);
  }
  return all;
}

pb::Operation ParseOperation(const std::string& word) {
  return word == "put"      ? pb::OPERATION_PUT
         : word == "get"    ? pb::OPERATION_GET
         : word == "del"    ? pb::OPERATION_DELETE
         : word == "append" ? pb::OPERATION_APPEND
                            : pb::OPERATION_UNSPECIFIED;
}

class Story {
 public:
  // Runs one command line and returns what it prints.
  std::string Run(const std::string& line) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "cluster") return Start(words);
    if (cluster_ == nullptr) return "error: the first command must be cluster\n";
    if (words[0] == "replies") return Replies();
    if (words[0] == "deliver") return Lines(cluster_->Deliver(ParseFilter(words, 1)));
    if (words[0] == "drop" || words[0] == "waiting") {
      const Filter filter = ParseFilter(words, 1);
      std::vector<Message> lines;
      for (const Message& m : cluster_->waiting()) {
        if (filter(m)) lines.push_back(m);
      }
      if (words[0] == "drop") cluster_->Drop(filter);
      return Lines(lines);
    }
    if (words[0] == "propose") {
      Note(cluster_->Propose(Number(words.at(1)), ParseOperation(words.at(2)), words.at(3),
                             words.size() > 4 ? words[4] : ""),
           absl::StrJoin(words.begin() + 2, words.end(), " "));
    } else if (words[0] == "together") {
      ProposeTogether(words);
    } else if (IsRequest(words[0])) {
      SubmitRequest(words, line);
    } else if (words[0] == "one" || words[0] == "twice") {
      if (words[0] == "twice") cluster_->DeliverOne(ParseFilter(words, 1), true);
      cluster_->DeliverOne(ParseFilter(words, 1));
    } else if (words[0] == "flush") {
      cluster_->Flush(Number(words.at(1)));
    } else if (words[0] == "tick") {
      cluster_->Advance(static_cast<uint64_t>(Number(words.at(1))));
    } else if (words[0] == "crash") {
      cluster_->Crash(Number(words.at(1)));
    } else if (words[0] == "up" || words[0] == "down") {
      cluster_->SetReachable(Number(words.at(1)), Number(words.at(2)), words[0] == "up");
    } else {
      return absl::StrCat("error: unknown command ", words[0], "\n");
    }
    return "";
  }

  absl::Status CheckInvariants() const { return cluster_->CheckInvariants(); }

 private:
  std::string Start(const std::vector<std::string>& words) {
    Cluster::Options options;
    for (size_t i = 1; i < words.size(); ++i) {
      const std::vector<std::string> pair = absl::StrSplit(words[i], '=');
      if (pair[0] == "n") options.n = Number(pair.at(1));
      if (pair[0] == "thrifty") options.thrifty = pair.at(1) == "on";
      if (pair[0] == "flush") options.flush_at_once = pair.at(1) == "auto";
      if (pair[0] == "window") options.window = static_cast<uint32_t>(Number(pair.at(1)));
    }
    cluster_ = std::make_unique<Cluster>(options);
    return "";
  }

  void Note(RequestId request, std::string what) { proposed_[request.value] = std::move(what); }

  void ProposeTogether(const std::vector<std::string>& words) {
    std::vector<std::tuple<pb::Operation, std::string, std::string>> commands;
    for (size_t i = 2; i < words.size(); ++i) {
      const pb::Command command = ParseCommand(words[i]);
      commands.emplace_back(command.operation(), command.key(), command.value());
    }
    const auto requests = cluster_->ProposeTogether(Number(words.at(1)), commands);
    for (size_t i = 0; i < requests.size(); ++i) Note(requests[i], words[i + 2]);
  }

  static bool IsRequest(const std::string& word) {
    return word == "all" || word == "open" || word == "in" || word == "trim" || word == "close" ||
           word == "keep";
  }

  // put:KEY:VALUE
  static pb::Command ParseCommand(const std::string& word) {
    const std::vector<std::string> parts = absl::StrSplit(word, ':');
    return MakeCommand(ParseOperation(parts[0]), parts.at(1), parts.size() > 2 ? parts[2] : "");
  }

  // The session that opening it under this name returned.
  pb::SessionId Session(const std::string& name) const {
    const auto& replies = cluster_->replies(opened_.at(name));
    EXPECT_EQ(replies.size(), 1u) << "session " << name << " is not open yet";
    return replies.empty() ? pb::SessionId() : replies[0].result.session();
  }

  void SubmitRequest(const std::vector<std::string>& words, const std::string& line) {
    pb::Request request;
    size_t next = 1;
    if (words[0] != "all" && words[0] != "open") {
      *request.mutable_session() = Session(words.at(next++));
    }
    if (words[0] == "in") request.set_number(static_cast<uint64_t>(Number(words.at(next++))));
    if (words[0] == "trim") {
      request.mutable_trim()->set_below(static_cast<uint64_t>(Number(words.at(next++))));
    }
    if (words[0] == "close") request.mutable_close();
    if (words[0] == "keep") request.mutable_keep();
    if (words[0] == "open") request.mutable_open();
    const int member = Number(words.at(next++));
    for (; words[0] != "open" && next < words.size(); ++next) {
      *request.add_commands() = ParseCommand(words[next]);
    }
    const RequestId id = cluster_->Submit(member, PartitionId{0}, request);
    if (words[0] == "open") opened_[words.at(2)] = id;
    Note(id, line);
  }

  static std::string ResultText(const pb::Result& r) {
    return absl::StrCat(
        r.condition_failed() ? "condition failed, " : "", r.found() ? "found" : "not found",
        r.value().empty() ? "" : absl::StrCat(" \"", r.value(), "\""), " version ", r.version());
  }

  std::string Replies() {
    std::string text;
    for (; replies_seen_ < cluster_->answered().size(); ++replies_seen_) {
      const RequestId request = cluster_->answered()[replies_seen_];
      const Reply& reply = cluster_->replies(request).back();
      absl::StrAppend(&text, proposed_[request.value], ": ");
      if (!reply.status.ok()) {
        absl::StrAppend(&text, reply.status.ToString(), "\n");
        continue;
      }
      const pb::ProposeReply& r = reply.result;
      absl::StrAppend(&text,
                      absl::StrJoin(r.results(), " | ",
                                    [](std::string* out, const pb::Result& result) {
                                      out->append(ResultText(result));
                                    }),
                      r.results().empty() ? "done" : "", r.repeated() ? " repeated" : "", " by ",
                      ToString(FromProto(r.instance())), "\n");
    }
    return text;
  }

  static std::string Lines(const std::vector<Message>& messages) {
    std::string text;
    for (const Message& m : messages) absl::StrAppend(&text, Describe(m), "\n");
    return text;
  }

  std::unique_ptr<Cluster> cluster_;
  std::map<uint64_t, std::string> proposed_;
  std::map<std::string, RequestId> opened_;
  size_t replies_seen_ = 0;
};

// Runs a file; returns it as it should read.
std::string Play(const std::string& script) {
  Story story;
  std::string played, printed;
  bool expected = false;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(script, '\n'))) {
    if (expected && !line.empty()) continue;
    if (line == "----") {
      expected = true;
      absl::StrAppend(&played, "----\n", printed);
      printed.clear();
      continue;
    }
    expected = false;
    absl::StrAppend(&played, line, "\n");
    if (line.empty() || line[0] == '#') continue;
    absl::StrAppend(&printed, story.Run(line));
    const absl::Status status = story.CheckInvariants();
    EXPECT_TRUE(status.ok()) << line << ": " << status;
  }
  EXPECT_EQ(printed, "") << "the last commands have no expected output";
  while (absl::StrContains(played.substr(played.size() < 2 ? 0 : played.size() - 2), "\n\n")) {
    played.pop_back();
  }
  return played;
}

class TranscriptTest : public testing::TestWithParam<std::string> {};

TEST_P(TranscriptTest, HappensAsWritten) {
  const std::string path = absl::StrCat(ALTHING_SOURCE_DIR, "/tests/golden/", GetParam(), ".txt");
  std::ifstream in(path);
  std::stringstream written;
  written << in.rdbuf();
  ASSERT_FALSE(written.str().empty()) << path;
  const std::string played = Play(written.str());
  if (std::getenv("ALTHING_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << played;
    return;
  }
  EXPECT_EQ(played, written.str())
      << "in " << path << "; if the change is meant, rerun with ALTHING_REWRITE_GOLDEN=1";
}

std::vector<std::string> Stories() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(ALTHING_SOURCE_DIR "/tests/golden")) {
    if (file.path().extension() == ".txt") names.push_back(file.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Golden, TranscriptTest, testing::ValuesIn(Stories()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace althing::sim
