// A disk under RocksDB that forgets, tears and refuses what tests tell it to.
#ifndef ALTHING_TESTS_STORAGE_FAULT_DISK_H_
#define ALTHING_TESTS_STORAGE_FAULT_DISK_H_

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace althing {

// The files are real, and know how much of them was synced. What was not can be taken away again,
// as a power cut does, wholly or in part. Any thread.
class FaultDisk : public rocksdb::FileSystemWrapper {
 public:
  enum class Fault { kNone, kSyncFails, kDiskFull };

  FaultDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  // For the options of a database; keeps the disk alive.
  static std::unique_ptr<rocksdb::Env> EnvOf(const std::shared_ptr<FaultDisk>& disk) {
    return rocksdb::NewCompositeEnv(disk);
  }

  // From the next time on that the write-ahead log is written or synced.
  void SetFault(Fault fault);
  // From now on the disk does not say what is in the files of which the name holds `part`, nor
  // anything about them; an empty part: it does again.
  void FailReads(std::string part);
  // From now on nothing reaches the disk: every change fails.
  void CutPower();
  // What was not synced is gone, but for so many bytes of each write-ahead log. REQUIRES: the power
  // was cut, and no file is in use.
  void LoseUnsynced(uint64_t bytes_kept = 0);
  // Of all write-ahead logs.
  uint64_t unsynced_bytes() const;
  uint64_t log_syncs() const;

  const char* Name() const override { return "FaultDisk"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                uint64_t* size, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  class File;
  class SequentialFile;
  class RandomAccessFile;
  struct Size {
    uint64_t written = 0;
    uint64_t synced = 0;
  };

  rocksdb::IOStatus OnAppend(const std::string& path, uint64_t bytes);
  rocksdb::IOStatus OnSync(const std::string& path);
  rocksdb::IOStatus OnChange() const;
  rocksdb::IOStatus OnRead(const std::string& path) const;

  mutable std::mutex mutex_;
  std::map<std::string, Size> files_;
  Fault fault_ = Fault::kNone;
  std::string unreadable_;
  bool power_ = true;
  uint64_t log_syncs_ = 0;
};

}  // namespace althing

#endif  // ALTHING_TESTS_STORAGE_FAULT_DISK_H_
