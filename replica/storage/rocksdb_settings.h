// How RocksDB is set up for a log that must not forget, and why.
#ifndef ALTHING_REPLICA_STORAGE_ROCKSDB_SETTINGS_H_
#define ALTHING_REPLICA_STORAGE_ROCKSDB_SETTINGS_H_

#include <rocksdb/options.h>

namespace althing {

rocksdb::DBOptions DatabaseSettings();
// Of the column family of the records.
rocksdb::ColumnFamilyOptions RecordSettings();
// Of the column family of everything else, which is small.
rocksdb::ColumnFamilyOptions MetaSettings();

}  // namespace althing

#endif  // ALTHING_REPLICA_STORAGE_ROCKSDB_SETTINGS_H_
