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

}  // namespace

std::string MetricsPath(const std::string& directory, ReplicaId replica) {
  const std::string name = absl::StrCat("metrics.", replica.value, ".json");
  return (std::filesystem::path(directory) / name).string();
}

absl::Status WriteMetricsFile(const std::string& path, const std::string& json) {
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  if (error) return CannotWrite(path, error.message());
  // Written beside it first, so that nobody reads half a file.
  const std::string unfinished = path + ".part";
  {
    std::ofstream file(unfinished, std::ios::trunc);
    file << json << '\n';
    file.close();
    if (!file) return CannotWrite(path, std::strerror(errno));
  }
  std::filesystem::rename(unfinished, path, error);
  if (error) return CannotWrite(path, error.message());
  return absl::OkStatus();
}

}  // namespace althing
