#include "replica/net/grpc_log.h"

#include <grpc/support/log.h>

#include <memory>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"

namespace althing {
namespace {

using ::testing::IsEmpty;

class GrpcLogTest : public testing::Test {
 protected:
  GrpcLogTest() : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>(
        "text", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_pattern("%l %v");
    spdlog::set_default_logger(std::move(logger));
  }
  ~GrpcLogTest() override {
    SilenceGrpcLog();
    spdlog::set_default_logger(before_);
  }

  std::ostringstream text_;

 private:
  const std::shared_ptr<spdlog::logger> before_;
};

TEST_F(GrpcLogTest, IsSilent) {
  SilenceGrpcLog();
  gpr_log(GPR_ERROR, "lost");
  EXPECT_THAT(text_.str(), IsEmpty());
}

TEST_F(GrpcLogTest, ErrorsAreWarningsAndTheRestIsLeftOut) {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_INFO);
  ForwardGrpcErrors();
  gpr_log(GPR_ERROR, "socket %d", 7);
  gpr_log(GPR_INFO, "chatter");
  EXPECT_EQ(text_.str(), "warning grpc: socket 7\n");
}

}  // namespace
}  // namespace althing
