#include "tests/tidy/shape_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace althing::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Lines(int n, const std::string& line = "  Call();\n") {
  std::string text;
  for (int i = 0; i < n; ++i) text += line;
  return text;
}

// The first lines of the functions in `text` that are too long.
std::vector<int> Long(const std::string& text) {
  std::vector<int> lines;
  for (const Finding& finding : CheckFunctionSize({"replica/a.cc", text})) {
    lines.push_back(finding.line);
  }
  return lines;
}

TEST(ShapeRulesTest, MeasuresFilesUpToTheirBound) {
  EXPECT_THAT(CheckFileSize({"a.cc", Lines(500)}), IsEmpty());
  EXPECT_EQ(CheckFileSize({"a.cc", Lines(501)}).size(), 1u);
  EXPECT_EQ(CheckFileSize({"a.proto", Lines(501)}).size(), 1u);
  EXPECT_THAT(CheckFileSize({"LICENSE", Lines(501)}), IsEmpty());
}

TEST(ShapeRulesTest, MeasuresFunctionsUpToTheirBound) {
  EXPECT_THAT(Long("void F() {\n" + Lines(67) + "}\n"), IsEmpty());
  EXPECT_THAT(Long("void F() {\n" + Lines(68) + "}\n"), ElementsAre(1));
  // The signature counts.
  EXPECT_THAT(Long("\nvoid F(int a,\n       int b) {\n" + Lines(67) + "}\n"), ElementsAre(2));
}

TEST(ShapeRulesTest, SeesFunctionsWhereverTheyStand) {
  const std::string body = "{\n" + Lines(70) + "}\n";
  EXPECT_THAT(Long("namespace a {\nnamespace {\nint F() " + body + "}\n}\n"), ElementsAre(3));
  EXPECT_THAT(Long("class C : public B {\n public:\n  void F() const override " + body + "};\n"),
              ElementsAre(2));
  EXPECT_THAT(Long("C::C(int a)\n    : a_{a}, b_(f(a)), c_{1, 2} " + body), ElementsAre(1));
  EXPECT_THAT(Long("template <typename T>\nauto F(T t) -> std::vector<T> " + body), ElementsAre(1));
  EXPECT_THAT(Long("bool operator==(const A& a, const A& b) " + body), ElementsAre(1));
  EXPECT_THAT(Long("C& operator=(C&& c) noexcept " + body), ElementsAre(1));
  EXPECT_THAT(Long("TEST_F(ATest, DoesB) " + body), ElementsAre(1));
  EXPECT_THAT(Long("void F(struct A a) " + body), ElementsAre(1));
  EXPECT_THAT(Long("const int kA[] = {1, 2};\nint F(int b = 3) " + body), ElementsAre(2));
  EXPECT_THAT(Long("#define M \\\n  {\nint F() " + body), ElementsAre(3));
  EXPECT_THAT(Long("int F() {\n  return 1;\n}\n\nint G() " + body), ElementsAre(5));
}

TEST(ShapeRulesTest, TakesOnlyFunctionsForFunctions) {
  const std::string inside = "{\n" + Lines(70, "  int a = 1;\n") + "}";
  EXPECT_THAT(Long("namespace a " + inside), IsEmpty());
  EXPECT_THAT(Long("struct A : B<int> " + inside + ";"), IsEmpty());
  EXPECT_THAT(Long("enum class A : uint8_t {\n" + Lines(70, "  kA,\n") + "};"), IsEmpty());
  EXPECT_THAT(Long("const A kTable[] = {\n" + Lines(70, "    {\"a\", F(1)},\n") + "};"), IsEmpty());
  EXPECT_THAT(Long("const auto kA = std::array{\n" + Lines(70, "    F(1),\n") + "};"), IsEmpty());
  // Braces in literals and comments are none.
  EXPECT_THAT(Long("int F() {\n  return '}' + \"}\"[0];  // }\n" + Lines(30) +
                   "}\n\n\nint G() {\n" + Lines(40) + "}\n"),
              IsEmpty());
}

TEST(ShapeRulesTest, CountsALambdaWithItsFunction) {
  EXPECT_THAT(Long("void F() {\n  G([] {\n" + Lines(40) + "  });\n" + Lines(40) + "}\n"),
              ElementsAre(1));
}

TEST(ShapeRulesTest, KnowsTheGuardOfAHeader) {
  const std::string good =
      "// A.\n#ifndef ALTHING_REPLICA_CORE_A_B_H_\n#define ALTHING_REPLICA_CORE_A_B_H_\n\n"
      "#endif  // ALTHING_REPLICA_CORE_A_B_H_\n";
  EXPECT_THAT(CheckHeaderGuard({"replica/core/a_b.h", good}), IsEmpty());
  EXPECT_THAT(CheckHeaderGuard({"replica/core/a_b.cc", ""}), IsEmpty());
  EXPECT_EQ(CheckHeaderGuard({"replica/core/b.h", good}).size(), 1u);
  EXPECT_EQ(CheckHeaderGuard({"replica/core/a_b.h", "#pragma once\n"}).size(), 1u);
  EXPECT_EQ(CheckHeaderGuard({"replica/core/a_b.h", good + "int a;\n"}).size(), 1u);
}

}  // namespace
}  // namespace althing::tidy
