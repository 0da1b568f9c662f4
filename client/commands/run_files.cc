#include "client/commands/run_files.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace althing {
namespace {

absl::Status OpenOne(const char* flag, const std::optional<std::string>& path,
                     std::ofstream& file) {
  if (!path) return absl::OkStatus();
  file.open(*path, std::ios::binary);
  if (file) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(flag, " ", *path, " cannot be written. Name a file in a folder that exists"));
}

absl::Status CloseOne(const char* what, const std::optional<std::string>& path,
                      std::ofstream& file) {
  if (!path) return absl::OkStatus();
  file.close();
  if (file) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat(what, " is not complete: ", *path,
                   " could not be written to its end. Give it a place with more room."));
}

}  // namespace

absl::Status RunFiles::Open() {
  for (const absl::Status& opened :
       {OpenOne("--history", options_.history, history_), OpenOne("--csv", options_.csv, csv_),
        OpenOne("--json", options_.json, json_)}) {
    if (!opened.ok()) return opened;
  }
  if (options_.csv) csv_ << "due_ns,sent_ns,ended_ns,operation,access,status\n";
  return absl::OkStatus();
}

void RunFiles::WriteAccess(const LoadAccess& access) {
  if (!options_.csv) return;
  csv_ << absl::StrFormat("%d,%d,%s,%s,%s,%s\n", access.due_ns, access.sent_ns,
                          access.ended_ns ? absl::StrCat(*access.ended_ns) : "",
                          kOpKindNames[static_cast<size_t>(access.item.kind)],
                          access.read ? "read" : "write",
                          absl::StatusCodeToString(access.status.code()));
}

absl::Status RunFiles::Close(const std::string& report_json) {
  if (options_.json) json_ << report_json;
  for (const absl::Status& closed : {CloseOne("the history", options_.history, history_),
                                     CloseOne("the list of accesses", options_.csv, csv_),
                                     CloseOne("the report", options_.json, json_)}) {
    if (!closed.ok()) return closed;
  }
  return absl::OkStatus();
}

}  // namespace althing
