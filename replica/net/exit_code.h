// How the replica's process ends, in numbers that supervisors know (sysexits) and one of our own.
#ifndef ALTHING_REPLICA_NET_EXIT_CODE_H_
#define ALTHING_REPLICA_NET_EXIT_CODE_H_

namespace althing {

enum class ExitCode {
  kOk = 0,
  kUsage = 64,         // The command line is wrong.
  kCannotListen = 69,  // A port is in use, or the host is not of this machine.
  kInternal = 70,      // A bug.
  kCannotWrite = 74,   // The metrics file.
  kConfig = 78,        // The configuration is wrong.
  kMemoryLost = 79,    // The replica was here before and has forgotten its votes.
};

}  // namespace althing

#endif  // ALTHING_REPLICA_NET_EXIT_CODE_H_
