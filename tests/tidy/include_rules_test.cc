#include "tests/tidy/include_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tidy/findings.h"

namespace althing::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kOneOfEach[] =
    "#include \"pb/kv.pb.h\"\n"
    "#include \"replica/core/ids.h\"\n"
    "#include \"replica/storage/log.h\"\n"
    "#include \"replica/runtime/trace.h\"\n"
    "#include \"replica/net/server.h\"\n"
    "#include \"client/client.h\"\n"
    "#include \"tests/sim/network.h\"\n"
    "#include <vector>\n"
    "#include \"absl/status/status.h\"\n"
    "// #include \"tests/sim/network.h\"\n";

TEST(IncludeRulesTest, FoldersIncludeDownwardsOnly) {
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/main.cc", kOneOfEach), ElementsAre(6, 7));
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/net/a.cc", kOneOfEach), ElementsAre(6, 7));
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/runtime/a.h", kOneOfEach), ElementsAre(5, 6, 7));
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/storage/a.cc", kOneOfEach), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/core/x/a.h", kOneOfEach),
              ElementsAre(3, 4, 5, 6, 7));
  EXPECT_THAT(Lines(CheckFolderOrder, "pb/a.cc", kOneOfEach), ElementsAre(2, 3, 4, 5, 6, 7));
  EXPECT_THAT(Lines(CheckFolderOrder, "client/report/a.cc", kOneOfEach),
              ElementsAre(2, 3, 4, 5, 7));
  EXPECT_THAT(Lines(CheckFolderOrder, "tests/net/a_test.cc", kOneOfEach), IsEmpty());
}

TEST(IncludeRulesTest, ProtocolsDoNotIncludeEachOther) {
  const std::string text =
      "#include \"replica/core/epaxos/epaxos.h\"\n#include \"replica/core/ids.h\"\n";
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/core/unreplicated/a.cc", text), ElementsAre(1));
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/core/epaxos/a.cc", text), IsEmpty());
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/core/registry.cc", text), IsEmpty());
}

TEST(IncludeRulesTest, GrpcAndLogsStayInTheirFolders) {
  const std::string text =
      "#include <grpcpp/grpcpp.h>\n#include \"pb/kv.grpc.pb.h\"\n#include \"spdlog/spdlog.h\"\n";
  EXPECT_THAT(Lines(CheckLibraries, "replica/net/a.cc", text), ElementsAre(3));
  EXPECT_THAT(Lines(CheckLibraries, "replica/main.cc", text), ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckLibraries, "replica/runtime/a.cc", text), ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckLibraries, "replica/runtime/log_line.cc", text), ElementsAre(1, 2));
  EXPECT_THAT(Lines(CheckLibraries, "replica/storage/a.cc", text), ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckLibraries, "pb/a.cc", text), ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckLibraries, "client/a.cc", text), ElementsAre(3));
  EXPECT_THAT(Lines(CheckLibraries, "tests/process/a.cc", text), IsEmpty());
}

TEST(IncludeRulesTest, CoreIncludesNothingImpure) {
  const std::string impure =
      "#include <thread>\n#include <mutex>\n#include <chrono>\n#include <random>\n"
      "#include <iostream>\n#include <fstream>\n#include <cstdlib>\n#include <cstdio>\n"
      "#include <unistd.h>\n#include <sys/types.h>\n#include \"absl/time/clock.h\"\n"
      "#include \"absl/synchronization/mutex.h\"\n#include \"absl/random/random.h\"\n"
      "#include \"pb/config_file.h\"\n#include \"pb/kv.grpc.pb.h\"\n#include <grpcpp/grpcpp.h>\n"
      "#include \"spdlog/spdlog.h\"\n#include \"nlohmann/json.hpp\"\n";
  EXPECT_THAT(Lines(CheckCoreIsPure, "replica/core/epaxos/a.cc", impure),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18));
  EXPECT_THAT(Lines(CheckCoreIsPure, "replica/runtime/a.cc", impure), IsEmpty());
  EXPECT_THAT(
      Lines(CheckCoreIsPure, "replica/core/check.h", "#include <cstdio>\n#include <cstdlib>\n"),
      IsEmpty());
  EXPECT_THAT(Lines(CheckCoreIsPure, "replica/core/a.cc",
                    "#include <vector>\n#include <cstdint>\n#include <xxhash.h>\n"
                    "#include \"absl/container/flat_hash_map.h\"\n#include \"pb/epaxos.pb.h\"\n"
                    "#include \"google/protobuf/arena.h\"\n#include \"replica/core/ids.h\"\n"),
              IsEmpty());
}

TEST(IncludeRulesTest, ReplicasDoNotIncludeTheClientLibrary) {
  const std::string text = "#include \"althing/client.h\"\n";
  EXPECT_THAT(Lines(CheckFolderOrder, "replica/net/a.cc", text), ElementsAre(1));
  EXPECT_THAT(Lines(CheckFolderOrder, "pb/a.cc", text), ElementsAre(1));
  EXPECT_THAT(Lines(CheckFolderOrder, "client/a.cc", text), IsEmpty());
}

TEST(IncludeRulesTest, PublicHeadersNeedLittle) {
  const std::string text =
      "#include <vector>\n#include \"absl/status/status.h\"\n#include \"pb/kv.pb.h\"\n"
      "#include <grpcpp/grpcpp.h>\n#include \"client/library/loop.h\"\n"
      "#include \"absl/container/flat_hash_map.h\"\n";
  EXPECT_THAT(Lines(CheckPublicHeaders, "client/api/althing/a.h", text), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(Lines(CheckPublicHeaders, "client/library/a.h", text), IsEmpty());
}

TEST(IncludeRulesTest, MutexesStayInTheirFolders) {
  const std::string text =
      "#include <mutex>\nabsl::Mutex m;\nstd::lock_guard l(m);\n// a mutex\nint mutexes;\n";
  EXPECT_THAT(Lines(CheckMutexes, "replica/runtime/trace.cc", text), ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckMutexes, "client/a.h", text), ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckMutexes, "replica/storage/log_store.cc", text), ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckMutexes, "replica/runtime/channel.h", text), IsEmpty());
  EXPECT_THAT(Lines(CheckMutexes, "replica/storage/log_thread.cc", text), IsEmpty());
  EXPECT_THAT(Lines(CheckMutexes, "replica/runtime/mutex.h", text), IsEmpty());
  EXPECT_THAT(Lines(CheckMutexes, "replica/net/a.cc", text), IsEmpty());
  EXPECT_THAT(Lines(CheckMutexes, "client/library/inbox.h", text), IsEmpty());
  EXPECT_THAT(Lines(CheckMutexes, "tests/runtime/a_test.cc", text), IsEmpty());
}

TEST(IncludeRulesTest, SaysWhatToDo) {
  const auto findings =
      CheckFolderOrder({"replica/core/a.h", "\n#include \"replica/net/server.h\"\n"});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(ToString(findings[0]),
            "replica/core/a.h:2: may not include replica/net/server.h: the order is main > net > "
            "runtime > storage > core > pb, client > pb; move what is needed down, or pass it in");
}

}  // namespace
}  // namespace althing::tidy
