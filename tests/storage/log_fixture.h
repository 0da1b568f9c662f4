// Logs in directories of their own, for the tests of the disk.
#ifndef ALTHING_TESTS_STORAGE_LOG_FIXTURE_H_
#define ALTHING_TESTS_STORAGE_LOG_FIXTURE_H_

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pb/record.pb.h"
#include "replica/storage/rocksdb_log.h"

namespace althing {

// A directory that goes with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One of each kind in turn, every field set, all different.
pb::Record SampleRecord(uint64_t number);

// Record by record, as text: what a failed comparison shows.
std::vector<std::string> Texts(const std::vector<pb::Record>& records);
std::vector<std::string> SampleTexts(uint64_t count);

class LogFixture : public testing::Test {
 protected:
  LogFixture();
  ~LogFixture() override;

  // Of replica 2 of the cluster "blue", in replica.2 of the temporary directory. With real files
  // that are not really synced, which takes most of the time otherwise.
  RocksDbLog::Options Options() const;
  std::string directory() const { return temporary_.path() + "/replica.2"; }

  static std::unique_ptr<RocksDbLog> MustOpen(RocksDbLog::Options options);
  // Opened and replayed.
  static std::unique_ptr<RocksDbLog> MustStart(RocksDbLog::Options options);
  // All records of earlier starts.
  static std::vector<pb::Record> MustReplay(RocksDbLog& log);
  // Appends samples with the numbers from + 1 to `to`, in one flush, durable when it returns.
  static void AppendSamples(RocksDbLog& log, uint64_t from, uint64_t to);
  // What Open or Replay says, and the records if it is OK.
  static absl::StatusOr<std::vector<pb::Record>> ReadAll(RocksDbLog::Options options);

  const TemporaryDirectory temporary_;

 private:
  const std::unique_ptr<rocksdb::Env> quick_;
};

}  // namespace althing

#endif  // ALTHING_TESTS_STORAGE_LOG_FIXTURE_H_
