#include "replica/core/epaxos/window.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "replica/core/check.h"

namespace althing {

bool Window::Add(Proposal proposal) {
  const KeyHash key = proposal.access.key;
  const bool write = proposal.access.write;
  Gate& gate = gates_[key];
  // A read waits behind a write that waits for other reads.
  const bool free = gate.Admits(write) && (gate.reads_in_flight == 0 || gate.writes_waiting == 0);
  if (write) ++gate.writes_waiting;
  const RequestId request = proposal.request;
  gate.waiting.push_back(std::move(proposal));
  where_.emplace(request, std::prev(gate.waiting.end()));
  ListIfOpen(key, gate);
  return free;
}

bool Window::Remove(RequestId request) {
  const auto it = where_.find(request);
  if (it == where_.end()) return false;
  const KeyHash key = it->second->access.key;
  Gate& gate = gates_.at(key);
  if (it->second->access.write) --gate.writes_waiting;
  gate.waiting.erase(it->second);
  where_.erase(it);
  ListIfOpen(key, gate);  // What stood behind it may go where it could not.
  EraseIfIdle(key, gate);
  return true;
}

size_t Window::waiting(KeyHash key) const {
  const auto it = gates_.find(key);
  return it == gates_.end() ? 0 : it->second.waiting.size();
}

std::vector<RequestId> Window::TakeBackAll() {
  std::vector<RequestId> requests;
  for (const auto& [request, place] : where_) requests.push_back(request);
  std::sort(requests.begin(), requests.end());
  for (const RequestId request : requests) Remove(request);
  return requests;
}

void Window::EraseIfIdle(KeyHash key, const Gate& gate) {
  const bool idle = gate.waiting.empty() && gate.reads_in_flight == 0 && gate.writes_in_flight == 0;
  if (idle && !gate.listed) gates_.erase(key);
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
    const bool took = batch.requests.size() > before;
    if (!took && !room) break;  // Full before this gate's first proposal.
    open_.pop_front();
    gate.listed = false;
    if (took) {
      taken.push_back({key, write});
    } else {
      EraseIfIdle(key, gate);  // All that waited there was taken back.
    }
  }
  if (batch.requests.empty()) return std::nullopt;
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
    if (next.access.write) --gate.writes_waiting;
    write = write || next.access.write;
    where_.erase(next.request);
    gate.waiting.pop_front();
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
    ListIfOpen(access.key, gate);
    EraseIfIdle(access.key, gate);
  }
}

}  // namespace althing
