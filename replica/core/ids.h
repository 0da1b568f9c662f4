// The vocabulary: distinct types for everything that is counted or named, so that a slot cannot be
// passed for a ballot. All are plain values, ordered and hashable.
#ifndef ALTHING_REPLICA_CORE_IDS_H_
#define ALTHING_REPLICA_CORE_IDS_H_

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

#include "pb/kv.pb.h"

namespace althing {

namespace pb = ::althing::v1;

// The largest group that one partition may have; the bit masks of pb/epaxos.proto and Deps are
// made for it.
inline constexpr int kMembersMax = 9;

// An integer that only mixes with its own kind.
template <typename Tag, typename Rep>
struct Id {
  Rep value{};
  auto operator<=>(const Id&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, Id id) {
    return H::combine(std::move(h), id.value);
  }
};

using ReplicaId =
    Id<struct ReplicaTag, uint32_t>;  // A replica of the cluster, as config.json names it.
using PartitionId = Id<struct PartitionTag, uint32_t>;  // From 0.
using RequestId =
    Id<struct RequestTag, uint64_t>;  // A waiting client call of this replica; never reused.
using LogPosition =
    Id<struct PositionTag, uint64_t>;  // The n-th record of one partition; 0 = before the first.
using KeyHash = Id<struct KeyHashTag, uint64_t>;   // See HashKey in partition_map.h.
using LogicalTime = Id<struct TimeTag, uint64_t>;  // Ticks since the replica started.

inline constexpr LogicalTime kNever{UINT64_MAX};

// A member's place in its partition's group, 0..n-1: vectors, ballots and quorums speak of members
// only.
struct MemberIndex {
  uint8_t value = 0;
  auto operator<=>(const MemberIndex&) const = default;
};

using Slot = uint64_t;    // 1, 2, 3, ... per coordinator; 0 = none.
using Ballot = uint64_t;  // 0 = the coordinator's own; b > 0 is owned by member b mod n.

// Ids order by slot first: the order in which a dependency cycle executes (protocol: any fixed
// total order that keeps each coordinator's own order).
struct InstanceId {
  Slot slot = 0;
  MemberIndex coordinator;
  auto operator<=>(const InstanceId&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, InstanceId id) {
    return H::combine(std::move(h), id.slot, id.coordinator.value);
  }
};

inline InstanceId FromProto(const pb::InstanceId& id) {
  return {id.slot(), MemberIndex{static_cast<uint8_t>(id.coordinator())}};
}
inline void ToProto(InstanceId id, pb::InstanceId* out) {
  out->set_coordinator(id.coordinator.value);
  out->set_slot(id.slot);
}
// "coordinator.slot", as traces and tools print it.
inline std::string ToString(InstanceId id) {
  return std::to_string(id.coordinator.value) + "." + std::to_string(id.slot);
}

// A session of a partition: the request that opened it.
struct SessionId {
  InstanceId instance;
  uint32_t position = 0;  // In the instance, from 0.
  auto operator<=>(const SessionId&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, SessionId id) {
    return H::combine(std::move(h), id.instance, id.position);
  }
};

// The partition is the caller's to set.
inline void ToProto(SessionId id, pb::SessionId* out) {
  out->set_coordinator(id.instance.coordinator.value);
  out->set_slot(id.instance.slot);
  out->set_position(id.position);
}

// A set of members. Iterates in ascending order.
class MemberSet {
 public:
  constexpr MemberSet() = default;
  constexpr explicit MemberSet(uint32_t bits) : bits_(static_cast<uint16_t>(bits)) {}
  static constexpr MemberSet FirstN(int n) { return MemberSet((1u << n) - 1); }
  static constexpr MemberSet Of(MemberIndex m) { return MemberSet(1u << m.value); }

  constexpr bool Has(MemberIndex m) const { return (bits_ >> m.value) & 1; }
  constexpr void Add(MemberIndex m) { bits_ = static_cast<uint16_t>(bits_ | (1u << m.value)); }
  constexpr void Remove(MemberIndex m) { bits_ = static_cast<uint16_t>(bits_ & ~(1u << m.value)); }
  constexpr int Size() const { return std::popcount(bits_); }
  constexpr bool Empty() const { return bits_ == 0; }
  constexpr bool Contains(MemberSet other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr uint32_t bits() const { return bits_; }
  constexpr MemberSet operator&(MemberSet o) const { return MemberSet(bits_ & o.bits_); }
  constexpr MemberSet operator|(MemberSet o) const { return MemberSet(bits_ | o.bits_); }
  constexpr MemberSet operator-(MemberSet o) const {
    return MemberSet(static_cast<uint32_t>(bits_ & ~o.bits_));
  }
  constexpr bool operator==(const MemberSet&) const = default;

  class Iterator {
   public:
    constexpr explicit Iterator(uint16_t rest) : rest_(rest) {}
    constexpr MemberIndex operator*() const {
      return MemberIndex{static_cast<uint8_t>(std::countr_zero(rest_))};
    }
    constexpr Iterator& operator++() {
      rest_ = static_cast<uint16_t>(rest_ & (rest_ - 1));
      return *this;
    }
    constexpr bool operator!=(const Iterator& o) const { return rest_ != o.rest_; }

   private:
    uint16_t rest_;
  };
  constexpr Iterator begin() const { return Iterator(bits_); }
  constexpr Iterator end() const { return Iterator(0); }

 private:
  uint16_t bits_ = 0;
};

// A dependency vector: entry r = s means "the conflicting ones among the instances 1..s of
// coordinator r". Entries of members that the group does not have stay 0.
struct Deps {
  std::array<Slot, kMembersMax> slots{};
  bool operator==(const Deps&) const = default;

  Slot operator[](MemberIndex r) const { return slots[r.value]; }
  Slot& operator[](MemberIndex r) { return slots[r.value]; }
  bool Contains(const Deps& other) const {
    Deps joined = *this;
    joined.Join(other);
    return joined == *this;
  }
  bool Covers(InstanceId id) const { return id.slot <= slots[id.coordinator.value]; }
  void Raise(MemberIndex r, Slot slot) {
    if (slot > slots[r.value]) slots[r.value] = slot;
  }
  void Join(const Deps& other) {
    for (size_t r = 0; r < slots.size(); ++r) {
      if (other.slots[r] > slots[r]) slots[r] = other.slots[r];
    }
  }
};

}  // namespace althing

#endif  // ALTHING_REPLICA_CORE_IDS_H_
