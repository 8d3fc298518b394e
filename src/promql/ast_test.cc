#include "promql/ast.h"

#include <gtest/gtest.h>

#include "promql/function_signatures.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "promql/testing/every_feature.h"

namespace varve::promql {
namespace {

// One of everything, and for each a neighbour that differs in one detail.
constexpr std::pair<std::string_view, std::string_view> kNeighbours[] = {
    {"NaN", "1"},
    {"60", "1m"},
    {"'a'", "'b'"},
    {"a", "b"},
    {"a{b='c'}", "a{b!='c'}"},
    {"a offset 1m", "a offset 2m"},
    {"a offset -step()", "a offset -range()"},
    {"a @ 1", "a @ start()"},
    {"a anchored", "a smoothed"},
    {"a[1m]", "a[2m]"},
    {"a[step() + 1]", "a[(step() + 1)]"},
    {"a[1m:]", "a[1m:1m]"},
    {"a[1m:step()] @ end()", "a[1m:step()] @ 5"},
    {"rate(a[5m])", "irate(a[5m])"},
    {"label_join(a, 'x', 'y')", "label_join(a, 'x', 'y', 'z')"},
    {"sum by (a) (b)", "sum without (a) (b)"},
    {"topk(1, a)", "topk(2, a)"},
    {"a + b", "a - b"},
    {"a == b", "a == bool b"},
    {"a + on(x) group_left(y) b", "a + on(x) group_left(z) b"},
    {"a + fill(NaN) b", "a + fill_left(NaN) b"},
    {"-a", "+a"},
    {"(a)", "a"},
};

TEST(AstTest, CopiesAreTheSameAndNeighboursAreNot) {
  for (const auto& [query, neighbour] : kNeighbours) {
    const auto expr = ParseExpr(query, kEveryFeature), other = ParseExpr(neighbour, kEveryFeature);
    ASSERT_TRUE(expr.ok() && other.ok()) << query << expr.status() << other.status();
    const ExprPtr copy = (*expr)->Clone();
    EXPECT_TRUE(SameExpr(**expr, *copy)) << query;
    EXPECT_EQ(ToString(**expr), ToString(*copy));
    EXPECT_EQ((*expr)->position(), copy->position()) << query;
    EXPECT_EQ((*expr)->type(), copy->type()) << query;
    EXPECT_FALSE(SameExpr(**expr, **other)) << query;
    EXPECT_FALSE(SameExpr(**other, **expr)) << query;
  }
}

TEST(AstTest, PositionsDoNotCount) {
  EXPECT_TRUE(SameExpr(**ParseExpr("sum(a)by(b)+1"), **ParseExpr(" sum by (b) (a) + 1 # comment")));
}

TEST(AstTest, WalksParentsFirst) {
  const ExprPtr expr = *ParseExpr("topk(3, rate(a[5m])) - (b)");
  std::vector<std::string> texts;
  Walk(*expr, [&texts](const Expr& node) { texts.push_back(ToString(node)); });
  EXPECT_EQ(texts, (std::vector<std::string>{"topk(3, rate(a[5m])) - (b)", "topk(3, rate(a[5m]))", "rate(a[5m])", "a[5m]", "a",
                                             "3", "(b)", "b"}));
}

TEST(AstTest, ExtractsSelectors) {
  const std::vector<Matchers> selectors = ExtractSelectors(**ParseExpr("a{x='1'} / max_over_time(b[5m])"));
  ASSERT_EQ(selectors.size(), 2u);
  EXPECT_EQ(varve::ToString(selectors[0]), R"({x="1",__name__="a"})");
  EXPECT_EQ(varve::ToString(selectors[1]), R"({__name__="b"})");
}

TEST(AstTest, StripsParens) { EXPECT_EQ(ToString(StripParens(**ParseExpr("((a + b))"))), "a + b"); }

TEST(FunctionSignaturesTest, AreFoundByName) {
  EXPECT_EQ(AllFunctions().size(), 90u);
  const FunctionSignature* round = FindFunction("round");
  ASSERT_NE(round, nullptr);
  EXPECT_EQ(round->variadic, 1);
  EXPECT_EQ(round->arg_types.size(), 2u);
  EXPECT_FALSE(round->experimental);
  EXPECT_TRUE(FindFunction("info")->experimental);
  EXPECT_EQ(FindFunction("scalar")->return_type, ValueType::kScalar);
  EXPECT_EQ(FindFunction("Rate"), nullptr);
  EXPECT_EQ(FindFunction(""), nullptr);
}

}  // namespace
}  // namespace varve::promql
