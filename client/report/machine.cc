#include "client/report/machine.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace althing {

std::string CpuName(absl::string_view cpuinfo) {
  for (absl::string_view line : absl::StrSplit(cpuinfo, '\n')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (parts.size() == 2 && absl::StripAsciiWhitespace(parts[0]) == "model name") {
      return std::string(absl::StripAsciiWhitespace(parts[1]));
    }
  }
  return "unknown";
}

Machine ThisMachine() {
  Machine machine;
  cpu_set_t cores;
  if (sched_getaffinity(0, sizeof cores, &cores) == 0) {
    machine.cores = static_cast<uint32_t>(CPU_COUNT(&cores));
  }
  std::ifstream in("/proc/cpuinfo");
  const std::string cpuinfo((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  machine.cpu = CpuName(cpuinfo);
  const auto pages = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES));
  machine.memory_mib = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) >> 20;
  utsname name = {};
  if (uname(&name) == 0) machine.kernel = absl::StrCat(name.sysname, " ", name.release);
  return machine;
}

std::string InWords(const Machine& machine) {
  return absl::StrCat(machine.cores, " cores of ", machine.cpu, ", ", machine.memory_mib, " MiB, ",
                      machine.kernel);
}

}  // namespace althing
