// The machine that a measurement was made on.
#ifndef ALTHING_CLIENT_REPORT_MACHINE_H_
#define ALTHING_CLIENT_REPORT_MACHINE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace althing {

struct Machine {
  uint32_t cores = 0;  // Those that this process may use.
  std::string cpu = "";
  uint64_t memory_mib = 0;
  std::string kernel = "";  // "Linux 6.1.0".
};

Machine ThisMachine();

// The first "model name" of /proc/cpuinfo; "unknown" if there is none.
std::string CpuName(absl::string_view cpuinfo);

// "2 cores of AMD EPYC, 7 GiB, Linux 6.1.0"
std::string InWords(const Machine& machine);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_MACHINE_H_
