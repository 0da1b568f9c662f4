// The numbers of the requests of one session.
#ifndef ALTHING_CLIENT_LIBRARY_SESSION_NUMBERS_H_
#define ALTHING_CLIENT_LIBRARY_SESSION_NUMBERS_H_

#include <cstdint>
#include <set>

namespace althing {

class SessionNumbers {
 public:
  // Replicas keep the answers of a session until it is trimmed: about so many.
  static constexpr uint64_t kTrimEvery = 1000;

  // A new one, which is under way until End.
  uint64_t Begin() {
    under_way_.insert(++last_);
    return last_;
  }
  // It is never sent again.
  void End(uint64_t number) {
    under_way_.erase(number);
    ++ended_;
  }

  // Below it every number has ended.
  uint64_t low() const { return under_way_.empty() ? last_ + 1 : *under_way_.begin(); }

  // True once for about each kTrimEvery that have ended.
  bool TakeTrimDue() {
    if (ended_ < kTrimEvery) return false;
    ended_ = 0;
    return true;
  }

 private:
  uint64_t last_ = 0;
  uint64_t ended_ = 0;  // Since the last trim.
  std::set<uint64_t> under_way_;
};

}  // namespace althing

#endif  // ALTHING_CLIENT_LIBRARY_SESSION_NUMBERS_H_
