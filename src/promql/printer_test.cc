#include "promql/printer.h"

#include <gtest/gtest.h>

#include "promql/format/tree_json.h"
#include "promql/parser.h"
#include "promql/testing/every_feature.h"

namespace varve::promql {
namespace {

TEST(PrinterTest, WritesTheNormalForm) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"sum(a)by(b)", "sum by (b) (a)"},
      {"sum by () (a)", "sum(a)"},
      {"sum without () (a)", "sum without () (a)"},
      {"avg by ('x.y', z) (a)", "avg by (\"x.y\", z) (a)"},
      {"a{z='1',b='2'}", "a{b=\"2\",z=\"1\"}"},
      {"{'a', b='c'}", "{__name__=\"a\",b=\"c\"}"},
      {"a==bool on()b", "a == bool on () b"},
      {"a+ignoring()b", "a + b"},
      {"a*ignoring(x)group_right b", "a * ignoring (x) group_right () b"},
      {"a + fill_right(2) fill_left(1) b", "a + fill_left (1) fill_right (2) b"},
      {"a + fill_right(1) fill_left(1) b", "a + fill (1) b"},
      {"a offset 90m @ 1.5", "a @ 1.500 offset 1h30m"},
      {"a[36h] anchored offset -1d @ start()", "a[1d12h] anchored @ start() offset -1d"},
      {"(a)[14d:60] @ end()", "(a)[2w:1m] @ end()"},
      {"a[(5m) + -step() ^ 2]", "a[(5m) + -step() ^ 2]"},
      {"'\\u200b\"'", "\"\\u200b\\\"\""},
      {"1e21 + 0x10 - 1.50", "1000000000000000000000 + 16 - 1.5"},
      {"1h + 90s", "1h + 1m30s"},
  };
  for (const auto& [query, printed] : cases) EXPECT_EQ(ToString(**ParseExpr(query, kEveryFeature)), printed) << query;
}

TEST(PrinterTest, BreaksLongLinesOnly) {
  EXPECT_EQ(Prettify(**ParseExpr("sum(a)   +b")), "sum(a) + b");
  EXPECT_EQ(Prettify(**ParseExpr(
                "sum by (job, instance) (rate(http_requests_total{code=~'5..', handler!='/metrics'}[5m])) / on (job, instance) "
                "group_left () (sum by (job, instance) (rate(http_requests_total[5m])) > 0)")),
            R"(  sum by (job, instance) (rate(http_requests_total{code=~"5..",handler!="/metrics"}[5m]))
/ on (job, instance) group_left ()
  (sum by (job, instance) (rate(http_requests_total[5m])) > 0))");
  EXPECT_EQ(Prettify(**ParseExpr("histogram_quantile(0.99, sum without (instance, pod, container, endpoint) ("
                                 "rate(http_request_duration_seconds_bucket{job='api'}[5m])))")),
            R"(histogram_quantile(
  0.99,
  sum without (instance, pod, container, endpoint) (
    rate(http_request_duration_seconds_bucket{job="api"}[5m])
  )
))");
}

TEST(TreeJsonTest, WritesNullWhereJsonHasNoNumber) {
  std::string json;
  JsonWriter writer(json);
  WriteTree(writer, **ParseExpr("a + fill_left(NaN) fill_right(1.5) b", kEveryFeature));
  EXPECT_NE(json.find(R"("fillValues":{"lhs":null,"rhs":1.5})"), std::string::npos) << json;
}

}  // namespace
}  // namespace varve::promql
