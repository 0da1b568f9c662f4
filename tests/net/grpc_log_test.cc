#include "replica/net/grpc_log.h"

#include <grpc/support/log.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/runtime/log_capture.h"

namespace althing {
namespace {

using ::testing::IsEmpty;

class GrpcLogTest : public testing::Test {
 protected:
  ~GrpcLogTest() override { SilenceGrpcLog(); }

  const LogCapture log_;
};

TEST_F(GrpcLogTest, IsSilent) {
  SilenceGrpcLog();
  gpr_log(GPR_ERROR, "lost");
  EXPECT_THAT(log_.text(), IsEmpty());
}

TEST_F(GrpcLogTest, ErrorsAreWarningsAndTheRestIsLeftOut) {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_INFO);
  ForwardGrpcErrors();
  gpr_log(GPR_ERROR, "socket %d", 7);
  gpr_log(GPR_INFO, "chatter");
  EXPECT_EQ(log_.text(), "warning event=grpc error=\"socket 7\"\n");
}

}  // namespace
}  // namespace althing
