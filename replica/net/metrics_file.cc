#include "replica/net/metrics_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

absl::Status CannotWrite(const std::string& path, const std::string& reason) {
  return absl::InternalError(absl::StrCat("cannot write ", path, ": ", reason,
                                          ": free the disk or change directories.metrics"));
}

// What is being written, so that nobody reads half a file.
std::string Unfinished(const std::string& path) { return path + ".part"; }

absl::Status WriteUnfinished(const std::string& path, const std::string& text) {
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  if (error) return CannotWrite(path, error.message());
  std::ofstream file(Unfinished(path), std::ios::trunc);
  file << text << '\n';
  file.close();
  return file ? absl::OkStatus() : CannotWrite(path, std::strerror(errno));
}

}  // namespace

std::string MetricsPath(const std::string& directory, ReplicaId replica) {
  const std::string name = absl::StrCat("metrics.", replica.value, ".json");
  return (std::filesystem::path(directory) / name).string();
}

absl::Status CheckMetricsFile(const std::string& path) {
  const absl::Status status = WriteUnfinished(path, "");
  std::error_code ignored;
  std::filesystem::remove(Unfinished(path), ignored);
  return status;
}

absl::Status WriteMetricsFile(const std::string& path, const std::string& json) {
  const absl::Status status = WriteUnfinished(path, json);
  if (!status.ok()) return status;
  std::error_code error;
  std::filesystem::rename(Unfinished(path), path, error);
  return error ? CannotWrite(path, error.message()) : absl::OkStatus();
}

}  // namespace althing
