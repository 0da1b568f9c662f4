#include "replica/core/epaxos/window.h"

#include <utility>

#include "replica/core/check.h"

namespace althing {

bool Window::Add(Proposal proposal) {
  const KeyHash key = proposal.access.key;
  const bool write = proposal.access.write;
  Gate& gate = gates_[key];
  gate.waiting.push_back(std::move(proposal));
  ++waiting_;
  ListIfOpen(key, gate);
  return gate.Admits(write);
}

void Window::ListIfOpen(KeyHash key, Gate& gate) {
  if (gate.listed || gate.waiting.empty() || !gate.Admits(gate.waiting.front().access.write)) {
    return;
  }
  gate.listed = true;
  open_.push_back(key);
}

std::optional<Window::Batch> Window::Take() {
  if (in_flight_ >= options_.instances_max || open_.empty()) return std::nullopt;
  Batch batch;
  std::vector<KeyAccess> taken;
  for (bool room = true; room && !open_.empty();) {
    const KeyHash key = open_.front();
    Gate& gate = gates_.at(key);
    bool write = false;
    const size_t before = batch.requests.size();
    room = Fill(gate, batch, write);
    if (batch.requests.size() == before) break;  // Full before this gate's first proposal.
    open_.pop_front();
    gate.listed = false;
    taken.push_back({key, write});
  }
  // Only now: within one batch the commands of a key do not wait for each other.
  for (const KeyAccess& access : taken) {
    Gate& gate = gates_.at(access.key);
    ++(access.write ? gate.writes_in_flight : gate.reads_in_flight);
    ListIfOpen(access.key, gate);
  }
  ++in_flight_;
  return batch;
}

bool Window::Fill(Gate& gate, Batch& batch, bool& write) {
  while (!gate.waiting.empty() && gate.Admits(gate.waiting.front().access.write)) {
    Proposal& next = gate.waiting.front();
    if (!batch.requests.empty() &&
        (batch.requests.size() >= options_.commands_max ||
         batch.commands.size() + next.commands.size() > options_.bytes_max)) {
      return false;
    }
    batch.commands += next.commands;
    batch.requests.push_back(next.request);
    write = write || next.access.write;
    gate.waiting.pop_front();
    --waiting_;
  }
  return true;
}

void Window::Finished(const std::vector<KeyAccess>& keys) {
  CHECK(in_flight_ > 0);
  --in_flight_;
  for (const KeyAccess& access : keys) {
    const auto it = gates_.find(access.key);
    CHECK(it != gates_.end());
    Gate& gate = it->second;
    uint32_t& in_flight = access.write ? gate.writes_in_flight : gate.reads_in_flight;
    CHECK(in_flight > 0);
    --in_flight;
    if (gate.waiting.empty() && gate.reads_in_flight == 0 && gate.writes_in_flight == 0) {
      gates_.erase(it);
    } else {
      ListIfOpen(access.key, gate);
    }
  }
}

}  // namespace althing
