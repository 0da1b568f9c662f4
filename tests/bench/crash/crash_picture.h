// The time-line of a crash as a picture: SVG with nothing outside of it.
#ifndef ALTHING_TESTS_BENCH_CRASH_CRASH_PICTURE_H_
#define ALTHING_TESTS_BENCH_CRASH_CRASH_PICTURE_H_

#include <string>
#include <vector>

#include "tests/bench/crash/crash_series.h"

namespace althing {

struct CrashCaption {
  std::string kill = "";                // Beside the line of the kill.
  std::vector<std::string> lines = {};  // Below the picture: how it was measured, what came of it.
};

// Above: answers per second. Below: the 99th percentile of latency, of the commands on the shared
// key and of the others; what nobody called or nobody answered is a gap. The kill and the pause are
// marked. REQUIRES: windows are not empty and in order.
std::string CrashPicture(const std::vector<CrashWindow>& windows, const CrashSummary& summary,
                         const CrashCaption& caption);

}  // namespace althing

#endif  // ALTHING_TESTS_BENCH_CRASH_CRASH_PICTURE_H_
