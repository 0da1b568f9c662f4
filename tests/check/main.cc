// Judges a file of operations: is there an order that explains every answer?
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "tests/check/judge.h"
#include "tests/check/timeline.h"

namespace {

namespace check = althing::check;

constexpr int kExitOk = 0, kExitViolation = 1, kExitUndecided = 2;
constexpr int kExitUsage = 64, kExitBadFile = 65, kExitCannotWrite = 74;

constexpr char kUsage[] =
    "Usage: check_history FILE [--html OUT]\n"
    "Whether the operations in FILE (docs/history.md) are linearizable; of a violation OUT gets a\n"
    "timeline. Exit codes: 0 linearizable, 1 violation, 2 undecided, 64 usage, 65 a bad file, 74 "
    "OUT\n"
    "cannot be written.\n";

struct Arguments {
  std::string file;
  std::optional<std::string> html;
};

std::optional<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--html" && !arguments.html && i + 1 < argc) {
      arguments.html = argv[++i];
    } else if (arguments.file.empty() && !argument.empty() && argument[0] != '-') {
      arguments.file = argument;
    } else {
      return std::nullopt;
    }
  }
  if (arguments.file.empty()) return std::nullopt;
  return arguments;
}

bool WriteHtml(const std::string& path, const std::string& html) {
  std::ofstream out(path, std::ios::binary);
  out << html;
  out.close();
  return out.good();
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) {
    std::cerr << kUsage;
    return kExitUsage;
  }
  std::ifstream in(arguments->file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) {
    std::cerr << "check_history: " << arguments->file << " cannot be read: " << std::strerror(errno)
              << "\n";
    return kExitBadFile;
  }
  const auto history = check::ParseHistory(text);
  if (!history.ok()) {
    std::cerr << "check_history: " << arguments->file << ":" << history.status().message() << "\n";
    return kExitBadFile;
  }
  const check::Judgement judgement = check::Judge(*history);
  std::cout << check::InWords(judgement, *history);
  if (judgement.verdict == check::Verdict::kLinearizable) return kExitOk;
  if (judgement.verdict == check::Verdict::kUndecided) return kExitUndecided;
  if (arguments->html) {
    if (!WriteHtml(*arguments->html, check::Timeline(judgement, *history))) {
      std::cerr << "check_history: " << *arguments->html
                << " cannot be written: " << std::strerror(errno) << "\n";
      return kExitCannotWrite;
    }
    std::cout << "timeline: " << *arguments->html << "\n";
  }
  return kExitViolation;
}
