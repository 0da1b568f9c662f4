#include "replica/net/grpc_log.h"

#include <grpc/support/log.h>

#include "spdlog/spdlog.h"

namespace althing {

void SilenceGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args*) {});
}

void ForwardGrpcErrors() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    if (args->severity == GPR_LOG_SEVERITY_ERROR) spdlog::warn("grpc: {}", args->message);
  });
}

}  // namespace althing
