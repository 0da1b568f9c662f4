#include "replica/storage/rocksdb_settings.h"

namespace althing {

rocksdb::DBOptions DatabaseSettings() {
  rocksdb::DBOptions options;
  // The default, point in time, opens a log with a damaged record as if it ended there: synced
  // records are forgotten without a word. Absolute consistency refuses the torn end that every
  // power cut may leave. This one opens a torn end and refuses damage; what it lets through all the
  // same the chain and the mark find.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // After a failed write nothing is tried again behind our back: the kernel may have thrown the
  // data away, and the next sync would say that all is well.
  options.max_bgerror_resume_count = 0;
  options.paranoid_checks = true;  // Read-only after a failed write.
  // Our own batches are the groups. One writer: no further paths through the library for several.
  options.manual_wal_flush = false;
  options.enable_pipelined_write = false;
  options.unordered_write = false;
  options.two_write_queues = false;
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  // A reused file may hold old records behind the end, which then look like new ones.
  options.recycle_log_file_num = 0;
  // A file of the log that is gone is noticed. Sound in this release of the library as long as
  // SyncWAL is never called; a synced write does the same.
  options.track_and_verify_wals_in_manifest = true;
  options.atomic_flush = false;  // The write-ahead log keeps the column families together.
  // A column family in which little happens would keep old files of the log alive.
  options.max_total_wal_size = 256 << 20;
  options.max_manifest_file_size = 4 << 20;
  options.max_open_files = -1;
  options.avoid_flush_during_shutdown = false;
  // What a start reads back goes to the disk before anybody acts upon it.
  options.avoid_flush_during_recovery = false;
  options.max_background_jobs = 2;
  // The library's own diary: bounded, and only what is wrong.
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 3;
  options.max_log_file_size = 1 << 20;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

rocksdb::ColumnFamilyOptions RecordSettings() {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 32 << 20;
  options.compaction_style = rocksdb::kCompactionStyleLevel;
  options.level0_file_num_compaction_trigger = 8;
  // Records are read once, at a start, from the first to the last: no filters. Payloads are the
  // clients' bytes; compressing them would cost every write for what is seldom read.
  options.compression = rocksdb::kNoCompression;
  return options;
}

rocksdb::ColumnFamilyOptions MetaSettings() {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 1 << 20;
  options.compression = rocksdb::kNoCompression;
  return options;
}

}  // namespace althing
