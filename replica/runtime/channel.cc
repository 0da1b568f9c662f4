#include "replica/runtime/channel.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "replica/core/check.h"

namespace althing {

Channel::Channel(uint32_t partitions, uint32_t client_messages_max, uint32_t peer_messages_max)
    : client_messages_max_(client_messages_max),
      peer_messages_max_(peer_messages_max),
      load_(partitions) {
  CHECK(partitions > 0 && client_messages_max > 0 && peer_messages_max > 0);
}

absl::Status Channel::Push(MsgContainer&& message) {
  const bool client = std::holds_alternative<ClientProposal>(message.body);
  const bool peer = std::holds_alternative<PeerMessage>(message.body);
  MutexLock lock(mutex_);
  if (client || peer) {
    const uint32_t partition = message.partition.value;
    if (partition >= load_.size()) {
      return absl::InvalidArgumentError(absl::StrCat("there is no partition ", partition,
                                                     ": the last one is ", load_.size() - 1));
    }
    uint32_t& count = client ? load_[partition].clients : load_[partition].peers;
    const uint32_t count_max = client ? client_messages_max_ : peer_messages_max_;
    if (count >= count_max) {
      return absl::ResourceExhaustedError(
          client ? absl::StrCat("partition ", partition, " already has ", count_max,
                                " proposals waiting (queues.client_messages_max); the write did "
                                "not happen: try again later")
                 : absl::StrCat("partition ", partition, " already has ", count_max,
                                " peer messages waiting (queues.peer_messages_max)"));
    }
    ++count;
  }
  waiting_.push_back(std::move(message));
  return absl::OkStatus();
}

void Channel::TakeAll(std::vector<MsgContainer>& out) {
  MutexLock lock(mutex_);
  if (out.empty()) {
    // The usual case: the two buffers trade places for ever, and nothing is allocated or moved.
    out.swap(waiting_);
    return;
  }
  out.insert(out.end(), std::make_move_iterator(waiting_.begin()),
             std::make_move_iterator(waiting_.end()));
  waiting_.clear();
}

void Channel::Handled(const MsgContainer& message) {
  const bool client = std::holds_alternative<ClientProposal>(message.body);
  if (!client && !std::holds_alternative<PeerMessage>(message.body)) return;
  MutexLock lock(mutex_);
  Load& load = load_[message.partition.value];
  uint32_t& count = client ? load.clients : load.peers;
  CHECK(count > 0);
  --count;
}

}  // namespace althing
