// What an operator hears while a replica reads a long log.
#ifndef ALTHING_REPLICA_NET_RESTORE_PROGRESS_H_
#define ALTHING_REPLICA_NET_RESTORE_PROGRESS_H_

#include <cstdint>
#include <string>

namespace althing {

// One line at the start, if there is anything to read, and one each second that something has been
// read since. Whatever the log's level is: who waits for the replica tells by them that it is at
// work, run.sh too.
class RestoreProgress {
 public:
  // `expected`: so many records at least are there.
  RestoreProgress(std::string directory, uint64_t expected, int64_t now_ns);
  // So many have been read. Times never go back.
  void OnRead(uint64_t records, int64_t now_ns);

 private:
  void Say(uint64_t records) const;

  const std::string directory_;
  const uint64_t expected_;
  uint64_t said_records_ = 0;
  int64_t say_at_ns_;
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_RESTORE_PROGRESS_H_
