#include "promql/planner/constant_folding.h"

#include <gtest/gtest.h>

#include "promql/parser.h"
#include "promql/printer.h"

namespace varve::promql {
namespace {

std::string Folded(std::string_view query, int operations) {
  ExprPtr expr = *ParseExpr(query);
  EXPECT_EQ(FoldConstants(expr), operations) << query;
  return ToString(*expr);
}

TEST(ConstantFoldingTest, CalculatesWithNumbers) {
  EXPECT_EQ(Folded("1 + 2 * 3", 2), "7");
  EXPECT_EQ(Folded("-(1 - 3)", 2), "2");
  EXPECT_EQ(Folded("2 > bool 1", 1), "1");
  EXPECT_EQ(Folded("2 ^ 3 ^ 2 % 7 atan2 1", 4), "0.7853981633974483");
  EXPECT_EQ(Folded("+(5m)", 1), "300");
}

TEST(ConstantFoldingTest, ReachesEveryPlaceOfANumber) {
  EXPECT_EQ(Folded("x * (60 * 60)", 1), "x * (3600)");
  EXPECT_EQ(Folded("topk(1 + 1, clamp(x, 0, 2 * 3))", 2), "topk(2, clamp(x, 0, 6))");
  EXPECT_EQ(Folded("max_over_time((x > 1 + 1)[5m:1m])", 1), "max_over_time((x > 2)[5m:1m])");
}

TEST(ConstantFoldingTest, LeavesWhatIsNoNumber) {
  EXPECT_EQ(Folded("time() + 1 + 2", 0), "time() + 1 + 2");
  EXPECT_EQ(Folded("-x", 0), "-x");
  EXPECT_EQ(Folded("vector(1) + 1", 0), "vector(1) + 1");
}

TEST(ConstantFoldingTest, ANumberStandsWhereItsOperationStood) {
  ExprPtr expr = *ParseExpr("quantile(1 + 1, x)");
  FoldConstants(expr);
  EXPECT_EQ(expr->As<AggregateExpr>().param->position(), (PositionRange{9, 14}));
}

}  // namespace
}  // namespace varve::promql
