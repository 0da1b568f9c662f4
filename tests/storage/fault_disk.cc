#include "tests/storage/fault_disk.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "replica/core/check.h"

namespace althing {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

bool IsWriteAheadLog(std::string_view path) { return path.ends_with(".log"); }

}  // namespace

class FaultDisk::File : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, FaultDisk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    const IOStatus status = disk_.OnAppend(path_, data.size());
    return status.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  // The kernel keeps what it was given as long as the machine runs: nothing to wait for.
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return disk_.OnSync(path_); }
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return disk_.OnSync(path_); }

 private:
  const std::string path_;
  FaultDisk& disk_;
};

class FaultDisk::SequentialFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<rocksdb::FSSequentialFile> file, std::string path,
                 const FaultDisk& disk)
      : FSSequentialFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}

  IOStatus Read(size_t bytes, const IOOptions& options, rocksdb::Slice* result, char* scratch,
                IODebugContext* debug) override {
    const IOStatus status = disk_.OnRead(path_);
    if (!status.ok()) return status;
    return FSSequentialFileOwnerWrapper::Read(bytes, options, result, scratch, debug);
  }

 private:
  const std::string path_;
  const FaultDisk& disk_;
};

class FaultDisk::RandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string path,
                   const FaultDisk& disk)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}

  IOStatus Read(uint64_t offset, size_t bytes, const IOOptions& options, rocksdb::Slice* result,
                char* scratch, IODebugContext* debug) const override {
    const IOStatus status = disk_.OnRead(path_);
    if (!status.ok()) return status;
    return FSRandomAccessFileOwnerWrapper::Read(offset, bytes, options, result, scratch, debug);
  }
  IOStatus Prefetch(uint64_t, size_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("no prefetching");
  }

 private:
  const std::string path_;
  const FaultDisk& disk_;
};

void FaultDisk::FailReads(std::string part) {
  const std::lock_guard lock(mutex_);
  unreadable_ = std::move(part);
}

void FaultDisk::SetFault(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void FaultDisk::CutPower() {
  const std::lock_guard lock(mutex_);
  power_ = false;
}

void FaultDisk::LoseUnsynced(uint64_t bytes_kept) {
  const std::lock_guard lock(mutex_);
  CHECK(!power_);
  for (const auto& [path, size] : files_) {
    if (!std::filesystem::exists(path)) continue;  // Its directory was renamed: all was synced.
    const uint64_t kept = IsWriteAheadLog(path) ? bytes_kept : 0;
    std::filesystem::resize_file(path, std::min(size.synced + kept, size.written));
  }
}

uint64_t FaultDisk::unsynced_bytes() const {
  const std::lock_guard lock(mutex_);
  uint64_t bytes = 0;
  for (const auto& [path, size] : files_) {
    if (IsWriteAheadLog(path)) bytes += size.written - size.synced;
  }
  return bytes;
}

uint64_t FaultDisk::log_syncs() const {
  const std::lock_guard lock(mutex_);
  return log_syncs_;
}

IOStatus FaultDisk::OnAppend(const std::string& path, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!power_) return IOStatus::IOError("no power");
  if (fault_ == Fault::kDiskFull && IsWriteAheadLog(path)) return IOStatus::NoSpace("full");
  files_[path].written += bytes;
  return IOStatus::OK();
}

IOStatus FaultDisk::OnSync(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (!power_) return IOStatus::IOError("no power");
  if (IsWriteAheadLog(path)) {
    if (fault_ == Fault::kSyncFails) return IOStatus::IOError("the disk does not answer");
    ++log_syncs_;
  }
  files_[path].synced = files_[path].written;
  return IOStatus::OK();
}

IOStatus FaultDisk::OnChange() const {
  const std::lock_guard lock(mutex_);
  return power_ ? IOStatus::OK() : IOStatus::IOError("no power");
}

IOStatus FaultDisk::OnRead(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  if (unreadable_.empty() || path.find(unreadable_) == std::string::npos) return IOStatus::OK();
  return IOStatus::IOError("While reading", path + ": Input/output error");
}

IOStatus FaultDisk::NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSSequentialFile> real;
  const IOStatus status = FileSystemWrapper::NewSequentialFile(path, options, &real, debug);
  if (status.ok()) *file = std::make_unique<SequentialFile>(std::move(real), path, *this);
  return status;
}

IOStatus FaultDisk::NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> real;
  const IOStatus status = FileSystemWrapper::NewRandomAccessFile(path, options, &real, debug);
  if (status.ok()) *file = std::make_unique<RandomAccessFile>(std::move(real), path, *this);
  return status;
}

IOStatus FaultDisk::GetFileSize(const std::string& path, const IOOptions& options, uint64_t* size,
                                IODebugContext* debug) {
  const IOStatus status = OnRead(path);
  return status.ok() ? FileSystemWrapper::GetFileSize(path, options, size, debug) : status;
}

IOStatus FaultDisk::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    IODebugContext* debug) {
  IOStatus status = OnChange();
  if (!status.ok()) return status;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  status = FileSystemWrapper::NewWritableFile(path, options, &real, debug);
  if (!status.ok()) return status;
  *file = std::make_unique<File>(std::move(real), path, *this);
  const std::lock_guard lock(mutex_);
  files_[path] = {};
  return status;
}

IOStatus FaultDisk::DeleteFile(const std::string& path, const IOOptions& options,
                               IODebugContext* debug) {
  IOStatus status = OnChange();
  if (status.ok()) status = FileSystemWrapper::DeleteFile(path, options, debug);
  const std::lock_guard lock(mutex_);
  if (status.ok()) files_.erase(path);
  return status;
}

IOStatus FaultDisk::RenameFile(const std::string& from, const std::string& to,
                               const IOOptions& options, IODebugContext* debug) {
  IOStatus status = OnChange();
  if (status.ok()) status = FileSystemWrapper::RenameFile(from, to, options, debug);
  const std::lock_guard lock(mutex_);
  if (status.ok() && files_.contains(from)) {
    files_[to] = files_[from];
    files_.erase(from);
  }
  return status;
}

}  // namespace althing
