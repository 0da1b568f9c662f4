#include "tests/tidy/ban_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/tidy/findings.h"

namespace althing::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BanRulesTest, FindsMarksOfUnfinishedWork) {
  EXPECT_THAT(Lines(CheckNothingIsUnfinished, "replica/a.cc",
                    "// TODO: more\nint a;  // FIXME\n/* XXX */\nint kTodo = 1;\n"),
              ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckNothingIsUnfinished, "run.sh", "# TODO\n"), ElementsAre(1));
  // A word that a program handles is no mark.
  EXPECT_THAT(Lines(CheckNothingIsUnfinished, "replica/a.cc", "Put(\"XXX\");  // The key.\n"),
              IsEmpty());
}

TEST(BanRulesTest, FindsTestsSkippedWithoutAReason) {
  EXPECT_THAT(Lines(CheckNothingIsUnfinished, "tests/a_test.cc",
                    "GTEST_SKIP();\nGTEST_SKIP() << \"needs root\";\n"),
              ElementsAre(1));
}

TEST(BanRulesTest, FindsBannedCode) {
  for (const char* code :
       {"throw 1;", "absl::BitGen g;", "int a = rand();", "std::rand();", "srand(1);",
        "std::random_device d;", "std::uniform_int_distribution<int> d(0, 1);",
        "std::uniform_real_distribution<double> d;", "using namespace std;"}) {
    EXPECT_THAT(Lines(CheckBannedCode, "client/a.cc", std::string("\n") + code), ElementsAre(2))
        << code;
  }
  EXPECT_THAT(Lines(CheckBannedCode, "client/a.cc",
                    "// throw\nLog(\"throw\");\nint operand();\nusing namespace std_like;\n"),
              IsEmpty());
  EXPECT_THAT(Lines(CheckBannedCode, "docs/a.md", "throw"), IsEmpty());
}

TEST(BanRulesTest, FindsNewThatNobodyOwns) {
  EXPECT_THAT(Lines(CheckBannedCode, "a.cc", "A* a = new A;\nauto b = new B(1);\nF(new C);\n"),
              ElementsAre(1, 2, 3));
  EXPECT_THAT(Lines(CheckBannedCode, "a.cc",
                    "return std::unique_ptr<A>(new A(1));\n"
                    "std::unique_ptr<A> a(\n    new A);\nbool new_id = true;\n"),
              IsEmpty());
  EXPECT_THAT(Lines(CheckBannedCode, "a.cc", "std::unique_ptr<A> a;\nF(new A);\n"), ElementsAre(2));
}

TEST(BanRulesTest, FindsFilesThatTestsWouldShare) {
  EXPECT_THAT(Lines(CheckBannedCode, "tests/a.cc", "\nOpen(testing::TempDir() + \"a\");\n"),
              ElementsAre(2));
  for (const char* own : {"Open(StrCat(testing::TempDir(), getpid()));",
                          "std::string path = testing::TempDir() + \"a.XXXXXX\";"}) {
    EXPECT_THAT(Lines(CheckBannedCode, "tests/a.cc", own), IsEmpty()) << own;
  }
}

TEST(BanRulesTest, FindsPathsOfAMachine) {
  EXPECT_THAT(Lines(CheckMachinePaths, "docs/a.md",
                    "see /home/me/a\n(/root/b)\n\"/work/c\"\n/Users/me/d\n"),
              ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Lines(CheckMachinePaths, "docs/a.md",
                    "client/work/a\n/workload/b\nat /home\nhttps://a.org/home/b\n"),
              IsEmpty());
}

}  // namespace
}  // namespace althing::tidy
