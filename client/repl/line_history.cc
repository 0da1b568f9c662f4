#include "client/repl/line_history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

absl::Status CannotKeep(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(
      path,
      " cannot be written: lines are remembered until the end only. Give XDG_STATE_HOME a "
      "folder that can be written"));
}

// Opens, writes all and closes.
bool Write(const std::string& path, int flags, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, kOwnerOnly);
  if (file < 0) return false;
  const bool written = fchmod(file, kOwnerOnly) == 0 &&
                       write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return close(file) == 0 && written;
}

bool MakeFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::create_directories(folder, error)) return !error;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  return !error;
}

}  // namespace

std::string HistoryPath(const std::function<const char*(const char*)>& environment) {
  const char* state = environment("XDG_STATE_HOME");
  const char* home = environment("HOME");
  // A relative path is no path, as the XDG Base Directory Specification says.
  if (state != nullptr && state[0] == '/') return absl::StrCat(state, "/althing/history");
  if (home == nullptr || home[0] != '/') return "";
  return absl::StrCat(home, "/.local/state/althing/history");
}

absl::StatusOr<std::vector<std::string>> LoadHistory(const std::string& path) {
  if (!MakeFolder(std::filesystem::path(path).parent_path())) return CannotKeep(path);
  std::vector<std::string> lines;
  {
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
  }
  if (lines.size() > kHistoryLinesMax) {
    lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(kHistoryLinesMax));
    std::string text;
    for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
    // In place of the old one at once: a shell that reads it now sees one of the two.
    const std::string next = absl::StrCat(path, ".", getpid());
    if (!Write(next, O_TRUNC, text) || rename(next.c_str(), path.c_str()) != 0) {
      unlink(next.c_str());
      return CannotKeep(path);
    }
  }
  if (!Write(path, O_APPEND, "")) return CannotKeep(path);
  return lines;
}

absl::Status AppendHistory(const std::string& path, const std::string& line) {
  return Write(path, O_APPEND, absl::StrCat(line, "\n")) ? absl::OkStatus() : CannotKeep(path);
}

}  // namespace althing
