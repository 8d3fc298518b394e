#include "promql/planner/repeated_expressions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/parser.h"
#include "promql/printer.h"

namespace varve::promql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "group+shift text", in the order of a walk.
std::vector<std::string> Repeated(std::string_view query) {
  const ExprPtr expr = *ParseExpr(query);
  const RepeatedExpressions repeated(*expr);
  std::vector<std::string> found;
  Walk(*expr, [&](const Expr& part) {
    const RepeatedExpressions::Place* place = repeated.Find(part);
    if (place == nullptr) return;
    found.push_back(std::to_string(place->group) + "+" + std::to_string(place->shift) + " " + ToString(part));
  });
  return found;
}

TEST(RepeatedExpressionsTest, FindsTheOutermost) {
  EXPECT_THAT(Repeated("x / x"), ElementsAre("0+0 x", "0+4 x"));
  EXPECT_THAT(Repeated("sum(rate(x[5m])) / (y + sum(rate(x[5m])))"),
              ElementsAre("0+0 sum(rate(x[5m]))", "0+24 sum(rate(x[5m]))"));
  EXPECT_THAT(Repeated("sum(x) / sum(x) + y / y"), ElementsAre("0+0 sum(x)", "0+9 sum(x)", "1+0 y", "1+4 y"));
  EXPECT_THAT(Repeated("sum(rate(x[5m])) / count(rate(x[5m]))"), ElementsAre("0+0 rate(x[5m])", "0+21 rate(x[5m])"));
}

TEST(RepeatedExpressionsTest, APartWithinARepeatedOneIsNotAPartOfItsOwn) {
  EXPECT_THAT(Repeated("y + x + y + abs(x) / abs(x)"), ElementsAre("1+0 y", "1+8 y", "0+0 abs(x)", "0+9 abs(x)"));
  EXPECT_THAT(Repeated("abs(x) / abs(x) + x"), ElementsAre("0+0 abs(x)", "0+9 abs(x)"));
  EXPECT_THAT(Repeated("x + abs(x) / abs(x)"), ElementsAre("0+0 abs(x)", "0+9 abs(x)"));
}

TEST(RepeatedExpressionsTest, LeavesWhatIsNotTheSameOrReadsNothing) {
  EXPECT_THAT(Repeated("x / x{a=\"1\"}"), IsEmpty());
  EXPECT_THAT(Repeated("rate(x[5m]) / rate(x[1h])"), IsEmpty());
  EXPECT_THAT(Repeated("x / x offset 5m"), IsEmpty());
  EXPECT_THAT(Repeated("vector(1) + vector(1) + time() * time()"), IsEmpty());
  EXPECT_THAT(Repeated("abs(x) / abs( x )"), ElementsAre("0+0 x", "0+10 x"));
}

TEST(RepeatedExpressionsTest, DoesNotLookThroughHugeQueries) {
  std::string query = "x";
  for (size_t i = 0; i < RepeatedExpressions::kPartsMax; ++i) query += " + (x)";
  EXPECT_THAT(Repeated(query), IsEmpty());
}

}  // namespace
}  // namespace varve::promql
