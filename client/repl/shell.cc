#include "client/repl/shell.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/commands/kv_line.h"
#include "client/endpoints.h"
#include "client/script/replica_word.h"

namespace althing {
namespace {

constexpr size_t kKeysMax = 1000;

std::vector<std::string> IdsOf(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> ids;
  for (const Endpoint& endpoint : endpoints) ids.push_back(absl::StrCat(endpoint.replica));
  return ids;
}

bool IsPlain(const std::string& word) {
  return !word.empty() && word.find_first_of(" \t'\"\\#") == std::string::npos;
}

// The words that stand behind the shell's own commands.
CommandWords WordsOf(const std::string& name, const std::string& what,
                     const std::vector<Endpoint>& endpoints) {
  CommandWords words = {.name = name, .what = what};
  if (name == "use") {
    words.arguments = {"any", "replica"};
    words.choices["replica"] = IdsOf(endpoints);
  }
  if (name == "timing") words.arguments = {"on", "off"};
  if (name == "encoding") words.arguments = {"utf8", "hex", "base64"};
  if (name == "output") words.arguments = {"text", "json"};
  return words;
}

absl::Status Usage(const char* usage) {
  return absl::InvalidArgumentError(absl::StrCat("write it as: ", usage));
}

}  // namespace

const std::vector<Shell::Own>& Shell::OwnCommands() {
  static const std::vector<Own> kOwn = {
      {"use", "use replica I | use any", "Which replica put, append, get, del, batch, script ask",
       &Shell::Use},
      {"timing", "timing on | timing off", "Print how long each command took", &Shell::Timing},
      {"encoding", "encoding utf8 | hex | base64", "How keys and values are written",
       &Shell::SetEncoding},
      {"output", "output text | json", "How answers look", &Shell::SetOutput},
      {"help", "help [COMMAND]", "The commands, or one of them", &Shell::Help},
      {"exit", "exit", "Leave, as Ctrl-D does", &Shell::Exit}};
  return kOwn;
}

Shell::Shell(Options options, std::ostream& out, std::ostream& err)
    : options_(std::move(options)), out_(out), err_(err), all_(options_.catalog) {
  for (const Own& own : OwnCommands()) {
    all_.push_back(WordsOf(own.name, own.what, options_.endpoints));
  }
  std::vector<std::string> names;
  for (const CommandWords& command : all_) names.push_back(command.name);
  std::find_if(all_.begin(), all_.end(), [](const auto& c) {
    return c.name == "help";
  })->arguments = names;
}

std::string Shell::Prompt() const {
  const auto& replica = options_.settings.common.replica;
  return absl::StrCat(options_.cluster, " ", replica ? absl::StrCat("replica ", *replica) : "any",
                      "> ");
}

Completions Shell::Complete(const std::string& before_cursor) const {
  return althing::Complete(all_, {keys_.begin(), keys_.end()}, before_cursor);
}

bool Shell::Execute(const std::string& line) {
  const absl::StatusOr<Words> words = SplitWords(line);
  absl::Status status = words.status();
  if (words.ok() && !words->empty()) status = ExecuteWords(*words);
  if (!status.ok()) err_ << "error: " << status.message() << ".\n";
  return !leaving_;
}

absl::Status Shell::ExecuteWords(Words words) {
  for (const Own& own : OwnCommands()) {
    if (words.front() == own.name) return (this->*own.act)(words);
  }
  return RunLine(std::move(words));
}

absl::Status Shell::RunLine(Words words) {
  const absl::StatusOr<std::optional<uint32_t>> replica =
      TakeReplicaWord(words, options_.endpoints);
  if (!replica.ok()) return replica.status();
  const auto is_first = [&words](const CommandWords& c) {
    return !words.empty() && c.name == words.front();
  };
  if (std::none_of(options_.catalog.begin(), options_.catalog.end(), is_first)) {
    return absl::InvalidArgumentError(
        words.empty() ? "nothing follows the replica. Write a command on the same line"
                      : absl::StrCat("there is no command \"", words.front(),
                                     "\". help lists those that there are"));
  }
  RememberKey(words);
  // A command that cannot be asked of one replica says so.
  if (*replica) words.insert(words.begin() + 1, {"--replica", absl::StrCat(**replica)});
  const auto begin = std::chrono::steady_clock::now();
  options_.run(words, options_.settings);
  if (timing_) {
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    out_ << absl::StrFormat("(%.3f ms)\n", took.count());
  }
  return absl::OkStatus();
}

void Shell::RememberKey(const Words& words) {
  const auto command = std::find_if(options_.catalog.begin(), options_.catalog.end(),
                                    [&](const auto& c) { return c.name == words.front(); });
  if (!command->takes_key || words.size() < 2 || words[1][0] == '-' || !IsPlain(words[1])) return;
  if (std::find(keys_.begin(), keys_.end(), words[1]) != keys_.end()) return;
  keys_.push_back(words[1]);
  if (keys_.size() > kKeysMax) keys_.pop_front();
}

absl::Status Shell::Help(const Words& words) {
  if (words.size() > 2) return Usage("help [COMMAND]");
  if (words.size() == 2) {
    for (const Own& own : OwnCommands()) {
      if (words[1] != own.name) continue;
      out_ << own.usage << "\n  " << own.what << "\n";
      return absl::OkStatus();
    }
    return RunLine({words[1], "--help"});
  }
  for (const CommandWords& command : all_) {
    // The rest of the sentence comes with help COMMAND.
    out_ << absl::StrFormat("  %-10s %s\n", command.name,
                            command.what.substr(0, command.what.find(';')));
  }
  out_ << "help COMMAND tells more. replica=I before a command asks that replica only, once.\n"
          "TAB completes, the up arrow recalls lines, Ctrl-R searches them, Ctrl-C ends the "
          "command\nunder way, Ctrl-D leaves. A line that begins with a blank is not kept.\n";
  return absl::OkStatus();
}

absl::Status Shell::Use(const Words& words) {
  if (words.size() == 2 && words[1] == "any") {
    options_.settings.common.replica = std::nullopt;
    return absl::OkStatus();
  }
  uint32_t replica = 0;
  if (words.size() != 3 || words[1] != "replica" || !absl::SimpleAtoi(words[2], &replica)) {
    return Usage("use replica I, or use any");
  }
  const absl::StatusOr<size_t> known = FindReplica(options_.endpoints, replica);
  if (!known.ok()) return known.status();
  options_.settings.common.replica = replica;
  return absl::OkStatus();
}

absl::Status Shell::Timing(const Words& words) {
  if (words.size() != 2 || (words[1] != "on" && words[1] != "off")) {
    return Usage("timing on, or timing off");
  }
  timing_ = words[1] == "on";
  return absl::OkStatus();
}

absl::Status Shell::SetEncoding(const Words& words) {
  static const std::map<std::string, Encoding> kNames = {
      {"utf8", Encoding::kUtf8}, {"hex", Encoding::kHex}, {"base64", Encoding::kBase64}};
  const auto found = words.size() == 2 ? kNames.find(words[1]) : kNames.end();
  if (found == kNames.end()) return Usage("encoding utf8, encoding hex or encoding base64");
  options_.settings.encoding = found->second;
  return absl::OkStatus();
}

absl::Status Shell::SetOutput(const Words& words) {
  if (words.size() != 2 || (words[1] != "text" && words[1] != "json")) {
    return Usage("output text, or output json");
  }
  options_.settings.common.output = words[1] == "json" ? OutputFormat::kJson : OutputFormat::kText;
  return absl::OkStatus();
}

absl::Status Shell::Exit(const Words& words) {
  if (words.size() != 1) return Usage("exit");
  leaving_ = true;
  return absl::OkStatus();
}

}  // namespace althing
