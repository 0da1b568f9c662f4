#include "client/script/replica_word.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "client/endpoints.h"

namespace althing {

absl::StatusOr<std::optional<uint32_t>> TakeReplicaWord(std::vector<std::string>& words,
                                                        const std::vector<Endpoint>& endpoints) {
  absl::string_view id = words.front();
  if (!absl::ConsumePrefix(&id, "replica=")) return std::nullopt;
  uint32_t replica = 0;
  if (!absl::SimpleAtoi(id, &replica)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", id, "\" is no replica's id. Write its number, as in replica=0"));
  }
  if (const absl::StatusOr<size_t> known = FindReplica(endpoints, replica); !known.ok()) {
    return known.status();
  }
  words.erase(words.begin());
  return replica;
}

}  // namespace althing
