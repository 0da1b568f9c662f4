// The figures of a load report, for people and for programs.
#ifndef ALTHING_CLIENT_REPORT_RUN_FIGURES_H_
#define ALTHING_CLIENT_REPORT_RUN_FIGURES_H_

#include <cstdint>
#include <utility>

#include "client/report/run_report.h"

namespace althing {

inline constexpr std::pair<const char*, double> kRunQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

// In percent; 0 of nothing is 0.
double Share(uint64_t part, uint64_t whole);

// Operations that are ok, by the time that counts.
double PerSecond(const LoadResult& result);

// Of an open loop, over all phases.
double AskedPerSecond(const RunReport& report);

}  // namespace althing

#endif  // ALTHING_CLIENT_REPORT_RUN_FIGURES_H_
