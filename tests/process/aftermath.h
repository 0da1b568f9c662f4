// What is demanded of a cluster after faults, and while it suffers them.
#ifndef ALTHING_TESTS_PROCESS_AFTERMATH_H_
#define ALTHING_TESTS_PROCESS_AFTERMATH_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/process/cluster.h"
#include "tests/process/load.h"

namespace althing {

// Of a Load: "key0", "key1" ...
std::string KeyOfLoad(int k);

// A write of each key of the load, which has so many, at one replica.
struct Took {
  std::chrono::nanoseconds all{0}, longest{0};
};
Took WriteAllKeys(Load& load, int at, int keys);

// Of what the running replicas count.
uint64_t Sum(Cluster& cluster, const char* counter);

// The running replicas have executed the same and hold the same, and none lied to another.
void ExpectAgreement(Cluster& cluster, int keys);

// Waits until all that the coordinators began is decided everywhere, with commands or as noops.
void ExpectAllDecided(Cluster& cluster, const std::vector<int>& coordinators);

}  // namespace althing

#endif  // ALTHING_TESTS_PROCESS_AFTERMATH_H_
