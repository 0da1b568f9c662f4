#include "replica/storage/directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

namespace fs = std::filesystem;

absl::Status Error(const char* what, const fs::path& path, const std::string& why) {
  return absl::InternalError(absl::StrCat("cannot ", what, " ", path.string(), ": ", why));
}

// Of a path without a slash at its end, the directory that holds it.
fs::path ParentOf(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

fs::path WithoutSlash(const std::string& text) {
  const fs::path path(text);
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

absl::Status SyncDirectory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return Error("open the directory", path, std::strerror(errno));
  const bool synced = fsync(directory) == 0;
  const int error = errno;
  close(directory);
  return synced ? absl::OkStatus() : Error("sync the directory", path, std::strerror(error));
}

absl::Status MakeDirectory(const std::string& text) {
  const fs::path path = WithoutSlash(text);
  std::error_code error;
  const fs::path parent = ParentOf(path);
  if (fs::is_directory(path, error)) {
    // Another process may have made it a moment ago, or one that ended before it could sync it. Who
    // may not write the parent has not.
    const bool may_be_new = access(parent.c_str(), R_OK | W_OK) == 0;
    return may_be_new ? SyncDirectory(parent.string()) : absl::OkStatus();
  }
  if (parent != path) {
    const absl::Status status = MakeDirectory(parent.string());
    if (!status.ok()) return status;
  }
  fs::create_directory(path, error);  // No error if somebody else just made it.
  if (error) return Error("make the directory", path, error.message());
  return SyncDirectory(parent.string());
}

absl::Status MoveDirectory(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(WithoutSlash(from), WithoutSlash(to), error);
  if (error) return Error("make the directory", to, error.message());
  return SyncDirectory(ParentOf(WithoutSlash(to)).string());
}

absl::Status IsMissingOrEmpty(const std::string& path, bool* yes) {
  std::error_code error;
  *yes = !fs::exists(path, error);
  if (!error && !*yes) {
    if (!fs::is_directory(path, error)) return Error("use", path, "it is no directory");
    *yes = fs::is_empty(path, error);
  }
  return error ? Error("look into", path, error.message()) : absl::OkStatus();
}

}  // namespace althing
