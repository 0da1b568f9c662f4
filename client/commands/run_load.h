// What a load run does between its options and its report, whatever it loads.
#ifndef ALTHING_CLIENT_COMMANDS_RUN_LOAD_H_
#define ALTHING_CLIENT_COMMANDS_RUN_LOAD_H_

#include <functional>
#include <ostream>

#include "client/commands/run_options.h"
#include "client/load_loop.h"
#include "client/report/run_report.h"
#include "client/workload/load_target.h"

namespace althing {

struct RunHooks {
  std::function<bool()> interrupted = nullptr;
  std::function<void(const LoadAccess&)> on_access = nullptr;  // As of LoadOptions.
};

// Fills what the report says of the options, the program and the machine, but for the workload.
void DescribeRun(const RunOptions& options, RunReport& report);

// Warms up, waits for the moment to begin, loads, and fills the report's figures. REQUIRES:
// DescribeRun was called, and report.workload is set.
void RunLoadOn(LoadTarget& target, const RunOptions& options, const RunHooks& hooks,
               RunReport& report, std::ostream& err);

}  // namespace althing

#endif  // ALTHING_CLIENT_COMMANDS_RUN_LOAD_H_
