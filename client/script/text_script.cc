#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/commands/kv_line.h"
#include "client/script/replica_word.h"
#include "client/script/script.h"

namespace althing {
namespace {

constexpr uint32_t kPauseMsMax = 86'400'000;

using Words = std::vector<std::string>;

// Reads line after line.
class TextReader {
 public:
  explicit TextReader(const ScriptSource& source) : source_(source) {}

  absl::StatusOr<Script> Run(absl::string_view text) {
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      ++line_;
      if (const absl::Status status = Read(line); !status.ok()) return At(line_, status);
    }
    if (parallel_line_ != 0) {
      return At(parallel_line_,
                absl::InvalidArgumentError("parallel has no end. Write a line with the word end"));
    }
    if (accesses_ == 0) {
      return At(line_, absl::InvalidArgumentError(
                           "there is no access. Write at least one, as in: put KEY VALUE"));
    }
    return std::move(script_);
  }

 private:
  std::string Place(int line) const { return absl::StrCat(source_.name, ":", line); }
  absl::Status At(int line, const absl::Status& status) const {
    return absl::InvalidArgumentError(absl::StrCat(Place(line), ": ", status.message()));
  }

  absl::Status Read(absl::string_view line) {
    const absl::StatusOr<Words> words = SplitWords(line);
    if (!words.ok()) return words.status();
    if (words->empty()) return absl::OkStatus();
    const std::string& first = words->front();
    if (first == "expect") return Expect(*words);
    last_get_ = nullptr;
    if (first == "parallel") return Parallel(*words);
    if (first == "end") return End(*words);
    if (first == "pause") return Pause(*words);
    return AddAccess(*words);
  }

  absl::Status Parallel(const Words& words) {
    if (words.size() > 1) return Alone(words[0]);
    if (parallel_line_ != 0) {
      return absl::InvalidArgumentError(absl::StrCat("parallel stands within that of line ",
                                                     parallel_line_, ". End that one before"));
    }
    parallel_line_ = line_;
    script_.steps.emplace_back();
    return absl::OkStatus();
  }

  absl::Status End(const Words& words) {
    if (words.size() > 1) return Alone(words[0]);
    if (parallel_line_ == 0) {
      return absl::InvalidArgumentError(
          "end stands without parallel. Write parallel before the first access that it ends");
    }
    if (script_.steps.back().accesses.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("nothing stands between parallel in line ",
                                                     parallel_line_,
                                                     " and its end. Write accesses there"));
    }
    parallel_line_ = 0;
    return absl::OkStatus();
  }

  static absl::Status Alone(const std::string& word) {
    return absl::InvalidArgumentError(
        absl::StrCat(word, " stands alone on its line. Write what follows on the next one"));
  }

  absl::Status Pause(const Words& words) {
    uint32_t ms = 0;
    if (words.size() != 2 || !absl::SimpleAtoi(words[1], &ms) || ms > kPauseMsMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("pause takes one number. Write the milliseconds, 0 to ", kPauseMsMax));
    }
    if (parallel_line_ != 0) {
      return absl::InvalidArgumentError(
          "pause stands within parallel, where all begins at once. Write it before or after");
    }
    script_.steps.push_back({.pause = absl::Milliseconds(ms)});
    return absl::OkStatus();
  }

  absl::Status Expect(const Words& words) {
    if (last_get_ == nullptr) {
      return absl::InvalidArgumentError(
          "expect has no get before it. Write it on the line behind the get, once");
    }
    const bool literal = words.size() == 3 && words[1] == "--";
    const bool none = words.size() == 2 && words[1] == "--none";
    if (words.size() != 2 && !literal) {
      return absl::InvalidArgumentError(
          "expect takes one value. Write expect VALUE, or expect --none for a key without one");
    }
    Expectation expectation = {.place = Place(line_)};
    if (!none) {
      absl::StatusOr<std::string> value =
          Decode(last_get_->encoding, "the expected value", words.back());
      if (!value.ok()) return value.status();
      expectation.value = *std::move(value);
    }
    last_get_->expect = std::move(expectation);
    last_get_ = nullptr;
    return absl::OkStatus();
  }

  absl::Status AddAccess(Words words) {
    Access access = {.place = Place(line_)};
    const absl::StatusOr<std::optional<uint32_t>> replica =
        TakeReplicaWord(words, source_.endpoints);
    if (!replica.ok()) return replica.status();
    access.replica = *replica;
    if (words.empty()) {
      return absl::InvalidArgumentError(
          "nothing follows the replica. Write the access on the same line");
    }
    const absl::StatusOr<KvOptions> options = ParseKvWords(words, {.encoding = source_.encoding});
    if (!options.ok()) {
      const absl::string_view text = options.status().message();
      const bool unknown = absl::StartsWith(text, "there is no command");
      return absl::InvalidArgumentError(
          absl::StrCat(text, unknown ? ", or pause, parallel, end or expect" : ""));
    }
    if (options->value_file == "-") {
      return absl::InvalidArgumentError(
          "--value-file -: a script does not read values from standard input. Give a file");
    }
    std::istringstream none;
    absl::StatusOr<KeyCommand> command = MakeCommand(*options, none);
    if (!command.ok()) return command.status();
    access.command = *std::move(command);
    access.encoding = options->encoding;
    ++accesses_;
    if (parallel_line_ == 0) script_.steps.emplace_back();
    std::vector<Access>& accesses = script_.steps.back().accesses;
    accesses.push_back(std::move(access));
    const bool get = accesses.back().command.operation == KeyCommand::Operation::kGet;
    last_get_ = get ? &accesses.back() : nullptr;
    return absl::OkStatus();
  }

  const ScriptSource& source_;
  Script script_;
  int line_ = 0;
  int parallel_line_ = 0;  // Of the one that is open; 0: none.
  uint64_t accesses_ = 0;
  Access* last_get_ = nullptr;  // That the next line may expect something of.
};

}  // namespace

absl::StatusOr<Script> ParseTextScript(absl::string_view text, const ScriptSource& source) {
  return TextReader(source).Run(text);
}

}  // namespace althing
