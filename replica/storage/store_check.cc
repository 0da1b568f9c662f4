#include "replica/storage/store_check.h"

#include "absl/strings/str_cat.h"

namespace althing {
namespace {

std::string WhatNow(uint32_t replica) {
  return absl::StrCat(
      "Replica ", replica,
      " must not vote without what it has forgotten: do not start it again, neither "
      "with this directory nor with an empty one. The other replicas go on without "
      "it and finish what it had begun. Keep the directory: it may tell the cause");
}

}  // namespace

absl::Status CheckIdentity(const std::string& directory, const pb::StoreIdentity& found,
                           const pb::StoreIdentity& own) {
  if (found.format() > own.format()) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, " is written in format ", found.format(), ", this release reads formats up to ",
        own.format(), ": run the release that wrote it, or a newer one"));
  }
  if (found.cluster_id() != own.cluster_id()) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, " belongs to cluster \"", found.cluster_id(), "\", this replica to cluster \"",
        own.cluster_id(), "\": correct cluster_id or directories.data"));
  }
  if (found.replica() != own.replica()) {
    return absl::FailedPreconditionError(
        absl::StrCat(directory, " holds the log of replica ", found.replica(), ", this is replica ",
                     own.replica(), ": correct --id or directories.data"));
  }
  if (found.config_hash() != own.config_hash()) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, " was made under a configuration with hash ", absl::Hex(found.config_hash()),
        ", the configuration now has ", absl::Hex(own.config_hash()),
        ": restore the replicas (ids, hosts, peer ports), partitions, hash_seed, f, e and "
        "limits.value_bytes_max of then, or name another directories.data"));
  }
  return absl::OkStatus();
}

absl::Status CheckNothingWasInMemory(const std::string& directory, const pb::StoreIdentity& found,
                                     const pb::StoreStart& last, const std::string& boot_id) {
  if (last.synced() || last.clean() || last.boot_id() == boot_id) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      directory,
      " may lack records: the replica ran with durability \"os\" and was not stopped, and "
      "the machine went down with what had not reached the disk (boot ",
      last.boot_id(), " then, boot ", boot_id, " now). ", WhatNow(found.replica())));
}

absl::Status DamagedLog(const std::string& directory, uint32_t replica, const std::string& what) {
  return absl::DataLossError(
      absl::StrCat("the log in ", directory, " is damaged: ", what, ". ", WhatNow(replica)));
}

absl::Status LogReadError(const std::string& directory, uint32_t replica, const std::string& what,
                          bool of_the_disk) {
  if (!of_the_disk) return DamagedLog(directory, replica, what);
  return absl::InternalError(absl::StrCat(
      "cannot read the log in ", directory, ": ", what,
      ". What is there may be whole: mend what keeps the disk from answering, and start again"));
}

}  // namespace althing
