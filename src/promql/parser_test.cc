#include "promql/parser.h"

#include <gtest/gtest.h>

#include "promql/printer.h"

namespace varve::promql {
namespace {

TEST(ParserTest, ReadsARateOverAnAggregation) {
  const auto expr = ParseExpr("sum by (job) (rate(errors_total{code=~\"5..\"}[5m] offset 1h)) / on(job) group_left total");
  ASSERT_TRUE(expr.ok()) << expr.status();
  EXPECT_EQ(ToString(**expr), "sum by (job) (rate(errors_total{code=~\"5..\"}[5m] offset 1h)) / on (job) group_left () total");
}

}  // namespace
}  // namespace varve::promql
