// What replicas say about a failed call beside its status, in the trailing metadata.
#ifndef ALTHING_PB_CALL_METADATA_H_
#define ALTHING_PB_CALL_METADATA_H_

namespace althing {

// "no": the command was not proposed and never will be, so the call may be repeated anywhere. Every
// failed KV.Propose that a replica answers carries it, or "unknown".
inline constexpr char kWrittenKey[] = "althing-written";
inline constexpr char kWrittenNo[] = "no";
inline constexpr char kWrittenUnknown[] = "unknown";

}  // namespace althing

#endif  // ALTHING_PB_CALL_METADATA_H_
