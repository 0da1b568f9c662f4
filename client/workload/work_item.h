// The words for what a load run does.
#ifndef ALTHING_CLIENT_WORKLOAD_WORK_ITEM_H_
#define ALTHING_CLIENT_WORKLOAD_WORK_ITEM_H_

#include <cstddef>
#include <cstdint>

namespace althing {

enum class OpKind : uint8_t {
  kRead,
  kWrite,
  kModify,  // A read, then a write of the same key; one operation.
};
inline constexpr size_t kOpKinds = 3;
inline constexpr const char* kOpKindNames[kOpKinds] = {"read", "write", "read-modify-write"};

struct WorkItem {
  OpKind kind = OpKind::kWrite;
  uint64_t key = 0;
  bool operator==(const WorkItem&) const = default;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_WORKLOAD_WORK_ITEM_H_
