#include "replica/net/grpc_log.h"

#include <grpc/support/log.h>

#include "replica/runtime/log_line.h"

namespace althing {

void SilenceGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args*) {});
}

void ForwardGrpcErrors() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    if (args->severity == GPR_LOG_SEVERITY_ERROR) LogWarn("grpc", {{"error", args->message}});
  });
}

}  // namespace althing
