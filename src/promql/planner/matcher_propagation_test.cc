#include "promql/planner/matcher_propagation.h"

#include <gtest/gtest.h>

#include "promql/parser.h"
#include "promql/printer.h"

namespace varve::promql {
namespace {

std::string Propagated(std::string_view query, std::span<const std::string> hidden_labels = {}) {
  ExprPtr expr = *ParseExpr(query, {.enable_experimental_functions = true, .enable_binop_fill_modifiers = true});
  PropagateMatchers(*expr, hidden_labels);
  return ToString(*expr);
}

struct Case {
  std::string_view query, rewritten;
};

TEST(MatcherPropagationTest, MovesToTheOtherSideOfAJoin) {
  const Case cases[] = {
      {R"(x{job="a"} / y)", R"(x{job="a"} / y{job="a"})"},
      {R"(x / y{job=~"a|b",i!="1"})", R"(x{i!="1",job=~"a|b"} / y{i!="1",job=~"a|b"})"},
      {R"(x{a="1"} / y{b="2"})", R"(x{a="1",b="2"} / y{a="1",b="2"})"},
      {R"(x{job=""} > (y))", R"(x{job=""} > (y{job=""}))"},
      {R"(rate(x{job="a"}[5m]) / y)", R"(rate(x{job="a"}[5m]) / y{job="a"})"},
      {R"(x{job="a"} / abs(-y))", R"(x{job="a"} / abs(-y{job="a"}))"},
      {R"(x{job="a"} / y / z)", R"(x{job="a"} / y{job="a"} / z)"},
      {R"(x{job="a",i="1"} * on (job) group_left () count by (job) (y))",
       R"(x{i="1",job="a"} * on (job) group_left () count by (job) (y{job="a"}))"},
      {R"(x * on (job) group_left () sum by (job) (y{job="a",i="1"}))",
       R"(x{job="a"} * on (job) group_left () sum by (job) (y{i="1",job="a"}))"},
  };
  for (const Case& c : cases) EXPECT_EQ(Propagated(c.query), c.rewritten);
}

TEST(MatcherPropagationTest, MovesBetweenSets) {
  const Case cases[] = {
      {R"(x{job="a"} and y)", R"(x{job="a"} and y{job="a"})"},
      {R"(x and on (job) y{job="a",i="1"})", R"(x{job="a"} and on (job) y{i="1",job="a"})"},
      {R"(x{job="a"} unless y{i="1"})", R"(x{job="a"} unless y{i="1",job="a"})"},
      {R"(x{job="a"} or y)", R"(x{job="a"} or y)"},
      {R"(x and sum without (job) (y{job="a",i="1"}))", R"(x{i="1"} and sum without (job) (y{i="1",job="a"}))"},
  };
  for (const Case& c : cases) EXPECT_EQ(Propagated(c.query), c.rewritten);
}

TEST(MatcherPropagationTest, StaysWhereMoreThanPartnersWouldBeLost) {
  const std::string_view queries[] = {
      R"(x{job="a"} / on (i) y)",                              // not matched by
      R"(x{job="a"} / ignoring (job) y)",                      // likewise
      R"(x{job="a"} / on (job) y)",                            // y may have two series of a job, which is an error
      R"(x{job="a"} / {__name__=~"y|z"})",                     // likewise
      R"(x{job="a"} / fill (0) y)",                            // series without a partner have results
      R"(x{job="a"} / rate(y[5m]))",                           // y may be no counter
      R"(x{job="a"} / sum by (job) (y))",                      // y may have histograms
      R"(sum by (i) (x{job="a"}) / y)",                        // the label is gone
      R"(label_replace(x{job="a"}, "job", "b", "", "") / y)",  // the label is another
      R"(absent(x{job="a"}) / y)",                             // no selected series
      R"(count_values("job", x{job="a"}) / y)",                // likewise
      R"({__name__="x"} / y)",                                 // names do not meet
      R"(x{job="a"} * 2 + 1)",                                 // nobody to tell
  };
  for (const std::string_view query : queries)
    EXPECT_EQ(Propagated(query), ToString(**ParseExpr(query, {.enable_binop_fill_modifiers = true})));
}

TEST(MatcherPropagationTest, HiddenLabelsStay) {
  const std::string hidden[] = {"replica"};
  EXPECT_EQ(Propagated(R"(x{replica="a",job="b"} / y)", hidden), R"(x{job="b",replica="a"} / y{job="b"})");
}

}  // namespace
}  // namespace varve::promql
