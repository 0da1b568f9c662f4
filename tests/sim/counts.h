// How often what happened in simulated runs, by name.
#ifndef ALTHING_TESTS_SIM_COUNTS_H_
#define ALTHING_TESTS_SIM_COUNTS_H_

#include <cstdint>
#include <map>
#include <string>

namespace althing::sim {

class Counts {
 public:
  void Add(const std::string& name, uint64_t count) { counts_[name] += count; }
  void Merge(const Counts& other) {
    for (const auto& [name, count] : other.counts_) counts_[name] += count;
  }
  uint64_t operator[](const std::string& name) const {
    const auto it = counts_.find(name);
    return it == counts_.end() ? 0 : it->second;
  }
  const std::map<std::string, uint64_t>& all() const { return counts_; }

 private:
  std::map<std::string, uint64_t> counts_;
};

}  // namespace althing::sim

#endif  // ALTHING_TESTS_SIM_COUNTS_H_
