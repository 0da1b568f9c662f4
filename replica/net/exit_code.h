// How the replica's process ends, in numbers that supervisors know (sysexits) and one of our own.
#ifndef ALTHING_REPLICA_NET_EXIT_CODE_H_
#define ALTHING_REPLICA_NET_EXIT_CODE_H_

namespace althing {

enum class ExitCode {
  kOk = 0,
  kUsage = 64,         // The command line is wrong.
  kCannotListen = 69,  // A port is in use, the host is not of this machine, or the log is in use.
  kInternal = 70,      // A bug.
  kCannotWrite = 74,   // The metrics file, or the log of records.
  kConfig = 78,        // The configuration is wrong.
  kMemoryLost = 79,    // The replica was here before and has forgotten its votes.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_EXIT_CODE_H_
