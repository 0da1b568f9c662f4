#include "replica/core/epaxos/window.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "replica/core/check.h"

namespace althing {

bool Window::Add(Proposal proposal) {
  const RequestId request = proposal.request;
  const auto [it, added] = waiting_.emplace(request, std::make_unique<Waiting>());
  CHECK(added);
  Waiting& waiting = *it->second;
  waiting.proposal = std::move(proposal);
  bool free = true;
  for (const KeyAccess& access : waiting.proposal.keys) {
    Gate& gate = gates_[access.key];
    // A read waits behind a write that waits for other reads.
    free = free && gate.Admits(access.write) &&
           (gate.reads_in_flight == 0 || gate.writes_waiting == 0);
    if (access.write) ++gate.writes_waiting;
    waiting.places.push_back(gate.waiting.insert(gate.waiting.end(), &waiting));
  }
  Relist(waiting);
  return free;
}

bool Window::Remove(RequestId request) {
  const auto it = waiting_.find(request);
  if (it == waiting_.end()) return false;
  const std::unique_ptr<Waiting> waiting = std::move(it->second);
  waiting_.erase(it);
  Leave(*waiting);
  for (const KeyAccess& access : waiting->proposal.keys) EraseIfIdle(access.key);
  return true;
}

size_t Window::waiting(KeyHash key) const {
  const auto it = gates_.find(key);
  return it == gates_.end() ? 0 : it->second.waiting.size();
}

std::vector<RequestId> Window::TakeBackAll() {
  std::vector<RequestId> requests;
  for (const auto& [request, waiting] : waiting_) requests.push_back(request);
  std::sort(requests.begin(), requests.end());
  for (const RequestId request : requests) Remove(request);
  return requests;
}

bool Window::IsReady(const Waiting& waiting) const {
  const Proposal& proposal = waiting.proposal;
  for (size_t i = 0; i < proposal.keys.size(); ++i) {
    const Gate& gate = gates_.at(proposal.keys[i].key);
    if (waiting.places[i] != gate.waiting.begin() || !gate.Admits(proposal.keys[i].write)) {
      return false;
    }
  }
  return true;
}

void Window::Relist(Waiting& waiting) {
  const bool ready = IsReady(waiting);
  if (ready == waiting.ready) return;
  waiting.ready = ready;
  if (ready) {
    waiting.ready_place = ready_.insert(ready_.end(), &waiting);
  } else {
    ready_.erase(waiting.ready_place);
  }
}

void Window::RelistFirst(Gate& gate) {
  if (!gate.waiting.empty()) Relist(*gate.waiting.front());
}

void Window::Leave(Waiting& waiting) {
  if (waiting.ready) ready_.erase(waiting.ready_place);
  waiting.ready = false;
  for (size_t i = 0; i < waiting.places.size(); ++i) {
    const KeyAccess& access = waiting.proposal.keys[i];
    Gate& gate = gates_.at(access.key);
    if (access.write) --gate.writes_waiting;
    gate.waiting.erase(waiting.places[i]);
    RelistFirst(gate);
  }
}

void Window::EraseIfIdle(KeyHash key) {
  const auto it = gates_.find(key);
  const Gate& gate = it->second;
  if (gate.waiting.empty() && gate.reads_in_flight == 0 && gate.writes_in_flight == 0) {
    gates_.erase(it);
  }
}

std::optional<Window::Batch> Window::Take() {
  if (in_flight_ >= options_.instances_max || ready_.empty()) return std::nullopt;
  Batch batch;
  size_t commands = 0;
  while (!ready_.empty()) {
    Waiting& next = *ready_.front();
    Proposal& proposal = next.proposal;
    if (!batch.requests.empty() &&
        (commands + proposal.commands > options_.commands_max ||
         batch.bytes.size() + proposal.batch.size() > options_.bytes_max)) {
      break;
    }
    Leave(next);
    const RequestId request = proposal.request;
    commands += proposal.commands;
    batch.bytes += proposal.batch;
    batch.requests.push_back(request);
    batch.keys.insert(batch.keys.end(), proposal.keys.begin(), proposal.keys.end());
    waiting_.erase(request);
  }
  JoinAccesses(batch.keys);
  // Only now: within one batch the requests on a key do not wait for each other.
  for (const KeyAccess& access : batch.keys) {
    Gate& gate = gates_.at(access.key);
    ++(access.write ? gate.writes_in_flight : gate.reads_in_flight);
    RelistFirst(gate);
  }
  ++in_flight_;
  return batch;
}

void Window::Finished(const std::vector<KeyAccess>& keys) {
  CHECK(in_flight_ > 0);
  --in_flight_;
  for (const KeyAccess& access : keys) {
    Gate& gate = gates_.at(access.key);
    uint32_t& in_flight = access.write ? gate.writes_in_flight : gate.reads_in_flight;
    CHECK(in_flight > 0);
    --in_flight;
    RelistFirst(gate);
    EraseIfIdle(access.key);
  }
}

}  // namespace althing
