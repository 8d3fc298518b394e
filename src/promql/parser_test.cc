#include "promql/parser.h"

#include <gtest/gtest.h>

#include "promql/function_signatures.h"
#include "promql/printer.h"
#include "promql/testing/every_feature.h"

namespace varve::promql {
namespace {

ExprPtr Parse(std::string_view query, const ParserOptions& options = {}) {
  absl::StatusOr<ExprPtr> expr = ParseExpr(query, options);
  EXPECT_TRUE(expr.ok()) << query << ": " << expr.status();
  return expr.ok() ? *std::move(expr) : std::make_unique<NumberLiteral>();
}

std::string ErrorOf(std::string_view query, const ParserOptions& options = {}) {
  const absl::StatusOr<ExprPtr> expr = ParseExpr(query, options);
  if (expr.ok()) return "none, it is " + ToString(**expr);
  EXPECT_EQ(expr.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(expr.status().message());
}

// The tree with every pair of operands in parentheses.
std::string Shape(const Expr& expr) {
  if (const auto* binary = expr.AsIf<BinaryExpr>()) {
    return "(" + Shape(*binary->lhs) + std::string(ToString(binary->op)) + Shape(*binary->rhs) + ")";
  }
  if (const auto* unary = expr.AsIf<UnaryExpr>()) return std::string(ToString(unary->op)) + "{" + Shape(*unary->expr) + "}";
  return ToString(expr);
}

TEST(ParserTest, BindsOperatorsByPrecedence) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"1+2*3", "(1+(2*3))"},
      {"1-2-3", "((1-2)-3)"},
      {"2^3^4", "(2^(3^4))"},
      {"-x^2", "-{(x^2)}"},
      {"-x*y", "(-{x}*y)"},
      {"2^-x*3", "((2^-{x})*3)"},
      {"-1^2", "-{(1^2)}"},
      {"a atan2 b % c", "((aatan2b)%c)"},
      {"a or b and c unless d", "(aor((bandc)unlessd))"},
      {"a == b + c", "(a==(b+c))"},
      {"a > b == c", "((a>b)==c)"},
      {"a </ 1 + b", "(a</(1+b))"},
      {"-x offset 1m + y", "(-{x offset 1m}+y)"},
      {"a + b @ 5", "(a+b @ 5.000)"},
  };
  for (const auto& [query, shape] : cases) EXPECT_EQ(Shape(*Parse(query)), shape) << query;
}

TEST(ParserTest, ReadsSelectors) {
  const ExprPtr expr = Parse("x:y{a=\"1\", 'b.c'!~`d|e`,} offset -1h30m @ end()");
  const auto& selector = expr->As<VectorSelector>();
  EXPECT_EQ(selector.name, "x:y");
  EXPECT_EQ(varve::ToString(selector.matchers), R"({a="1","b.c"!~"d|e",__name__="x:y"})");
  EXPECT_EQ(selector.shift.offset.ms(), -5'400'000);
  EXPECT_EQ(selector.shift.at_anchor, TimeShift::Anchor::kEnd);
  EXPECT_EQ(selector.range, (PositionRange{0, 47}));

  const ExprPtr quoted = Parse(R"({"my metric", x="y"})");
  EXPECT_EQ(quoted->As<VectorSelector>().name, "");
  EXPECT_EQ(quoted->As<VectorSelector>().matchers[0], Matcher::Equal(kMetricName, "my metric"));
}

TEST(ParserTest, ReadsRangesAndSubqueries) {
  const ExprPtr matrix = Parse("x[1h] @ 1.5 offset 5m");
  EXPECT_EQ(matrix->As<MatrixSelector>().length.ms(), 3'600'000);
  EXPECT_EQ(matrix->As<MatrixSelector>().selector->shift.at, 1500);
  EXPECT_EQ(matrix->As<MatrixSelector>().selector->shift.offset.ms(), 300'000);
  EXPECT_EQ(matrix->position(), (PositionRange{0, 21}));

  const ExprPtr subquery = Parse("(x + y)[1d:30s] @ start()");
  EXPECT_EQ(subquery->As<SubqueryExpr>().length.ms(), 86'400'000);
  EXPECT_EQ(subquery->As<SubqueryExpr>().step.ms(), 30'000);
  EXPECT_EQ(subquery->As<SubqueryExpr>().shift.at_anchor, TimeShift::Anchor::kStart);
  EXPECT_EQ(subquery->type(), ValueType::kMatrix);
  EXPECT_EQ(Parse("x[5m:]")->As<SubqueryExpr>().step.ms(), 0);
}

TEST(ParserTest, ReadsMatching) {
  const ExprPtr expr = Parse("a * on(x, 'y.z') group_left(w) fill_right(-2) b", kEveryFeature);
  const VectorMatching& matching = *expr->As<BinaryExpr>().matching;
  EXPECT_TRUE(matching.on);
  EXPECT_EQ(matching.labels, (std::vector<std::string>{"x", "y.z"}));
  EXPECT_EQ(matching.cardinality, VectorMatching::Cardinality::kManyToOne);
  EXPECT_EQ(matching.include, std::vector<std::string>{"w"});
  EXPECT_EQ(matching.fill_lhs, std::nullopt);
  EXPECT_EQ(matching.fill_rhs, -2);
  EXPECT_EQ(Parse("a and b")->As<BinaryExpr>().matching->cardinality, VectorMatching::Cardinality::kManyToMany);
  EXPECT_EQ(Parse("a > bool 1")->As<BinaryExpr>().matching, std::nullopt);
}

TEST(ParserTest, ReadsAggregationsWithTheGroupingOnEitherSide) {
  for (const std::string_view query : {"topk without (a, by) (3, x)", "topk(3, x) without(a, by,)"}) {
    const ExprPtr expr = Parse(query);
    const auto& aggregate = expr->As<AggregateExpr>();
    EXPECT_EQ(aggregate.op, AggregateOp::kTopk);
    EXPECT_TRUE(aggregate.without);
    EXPECT_EQ(aggregate.grouping, (std::vector<std::string>{"a", "by"}));
    EXPECT_EQ(ToString(*aggregate.param), "3");
    EXPECT_EQ(ToString(*aggregate.expr), "x");
    EXPECT_EQ(aggregate.range, (PositionRange{0, static_cast<int>(query.size())}));
  }
}

TEST(ParserTest, TakesKeywordsAsNamesWhereTheyCanBe) {
  for (const std::string_view query :
       {"sum", "by", "offset", "and", "start", "step", "fill", "fill_left + fill", "anchored", "min_of", "without"}) {
    EXPECT_EQ(ToString(*Parse(query)), query);
  }
  EXPECT_EQ(ToString(*Parse("sum by (sum, on, bool, fill) (by{offset=\"x\"})")),
            "sum by (sum, on, bool, fill) (by{offset=\"x\"})");
  for (const std::string_view query : {"on", "bool", "ignoring", "group_left", "atan2"})
    EXPECT_FALSE(ParseExpr(query).ok()) << query;
}

TEST(ParserTest, NamesTheFirstMistakeAsPrometheusDoes) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "unknown position: parse error: no expression found in input"},
      {"# nothing", "1:1: parse error: no expression found in input"},
      {"a\n+ +\n", "3:1: parse error: unexpected end of input"},
      {"a b", "1:3: parse error: unexpected identifier \"b\""},
      {"1 /", "1:4: parse error: unexpected end of input"},
      {"a, b", "1:2: parse error: unexpected \",\""},
      {"sum(a b)", "1:7: parse error: unexpected identifier \"b\" in aggregation"},
      {"sum by a (b)", "1:8: parse error: unexpected identifier \"a\" in grouping opts, expected \"(\""},
      {"sum by (1) (b)", "1:9: parse error: unexpected number \"1\" in grouping opts, expected label"},
      {"sum by (a b) (c)", "1:11: parse error: unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""},
      {"sum by ('') (a)", "1:9: parse error: invalid label name for grouping: \"\""},
      {"sum()", "1:1: parse error: no arguments for aggregate expression provided"},
      {"sum(a, b)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2"},
      {"topk(a)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"},
      {"topk('1', a)", "1:6: parse error: expected type scalar in aggregation parameter, got string"},
      {"sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"},
      {"rates(a[5m])", "1:1: parse error: unknown function with name \"rates\""},
      {"rate(a)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector"},
      {"rate()", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 0"},
      {"round()", "1:1: parse error: expected at least 1 argument(s) in call to \"round\", got 0"},
      {"round(a, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3"},
      {"abs(a,)", "1:6: parse error: trailing commas not allowed in function call args"},
      {"a{b}", "1:4: parse error: unexpected \"}\" in label matching, expected label matching operator"},
      {"a{b=c}", "1:5: parse error: unexpected identifier \"c\" in label matching, expected string"},
      {"a{='b'}", "1:3: parse error: unexpected \"=\" in label matching, expected identifier or \"}\""},
      {"a{b='c' d='e'}", "1:9: parse error: unexpected identifier \"d\" in label matching, expected \",\" or \"}\""},
      {"a{b=~'('}", "1:3: parse error: error parsing regexp: missing closing ): `(`"},
      {"{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"{a=~'.*'}", "1:1: parse error: vector selector must contain at least one non-empty matcher"},
      {"a{__name__='b'}", "1:1: parse error: metric name must not be set twice: \"a\" or \"b\""},
      {"a[5m", "1:5: parse error: unclosed left bracket"},
      {"a[0s]", "1:3: parse error: duration must be greater than 0"},
      {"a[5m][5m]", "1:6: parse error: ranges only allowed for vector selectors"},
      {"a offset 5m [5m]", "1:13: parse error: no offset modifiers allowed before range"},
      {"a @ 5 [5m]", "1:7: parse error: no @ modifiers allowed before range"},
      {"a[5m] + 1", "1:1: parse error: binary expression must contain only scalar and instant vector types"},
      {"-a[5m]",
       "1:1: parse error: unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\""},
      {"1[5m:1m]", "1:1: parse error: subquery is only allowed on instant vector, got scalar instead"},
      {"a offset b", "1:10: parse error: unexpected identifier \"b\" in offset, expected number, duration, step(), or range()"},
      {"a offset 1m offset 2m", "1:1: parse error: offset may not be set multiple times"},
      {"1 offset 1m",
       "1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"},
      {"a @ b", "1:5: parse error: unexpected identifier \"b\" in @, expected timestamp"},
      {"a @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"},
      {"a @ Inf", "1:1: parse error: timestamp out of bounds for @ modifier: +Inf"},
      {"1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"},
      {"a + bool b", "1:3: parse error: bool modifier can only be used on comparison operators"},
      {"1 or a", "1:1: parse error: set operator \"or\" not allowed in binary scalar expression"},
      {"a and on(x) group_left b", "1:1: parse error: no grouping allowed for \"and\" operation"},
      {"a + on(x) group_left(x) b", "1:3: parse error: label \"x\" must not occur in ON and GROUP clause at once"},
      {"a + on(x) 1", "1:1: parse error: vector matching only allowed between instant vectors"},
      {"a + group_left b", "1:5: parse error: unexpected <group_left>"},
      {"08x", "1:1: parse error: bad number or duration syntax: \"08\""},
      {"0x", "1:1: parse error: error parsing number: strconv.ParseFloat: parsing \"0x\": invalid syntax"},
  };
  for (const auto& [query, message] : cases) EXPECT_EQ(ErrorOf(query), message) << query;
}

TEST(ParserTest, KeepsExperimentsBehindTheirOptions) {
  struct Case {
    std::string_view query, error;
  };
  const Case cases[] = {
      {"mad_over_time(a[5m])", "1:1: parse error: function \"mad_over_time\" is not enabled"},
      {"limitk(1, a)",
       "1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"},
      {"a[step()]", "1:3: parse error: experimental duration expression is not enabled"},
      {"a[5m*2]", "1:3: parse error: experimental duration expression is not enabled"},
      {"a[5m] anchored", "1:1: parse error: anchored modifier is experimental and not enabled"},
      {"a smoothed", "1:1: parse error: smoothed modifier is experimental and not enabled"},
      {"a + fill(0) b", "1:1: parse error: binop fill modifiers are experimental and not enabled"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ErrorOf(c.query), c.error);
    Parse(c.query, kEveryFeature);
  }
}

TEST(ParserTest, LetsInfoSelectEverything) {
  EXPECT_EQ(Parse("info(a, {})", kEveryFeature)->As<Call>().args.size(), 2u);
  Parse("info(info(a, {}), {})", kEveryFeature);
  EXPECT_EQ(ErrorOf("info({}, {})", kEveryFeature),
            "1:6: parse error: vector selector must contain at least one non-empty matcher");
  EXPECT_EQ(ErrorOf("info(a, b)", kEveryFeature), "1:9: parse error: expected label selectors only, got vector selector instead");
  EXPECT_EQ(ErrorOf("info(a, -{b='c'})", kEveryFeature), "1:9: parse error: expected label selectors only");
}

TEST(ParserTest, TellsWhereTheMistakeIs) {
  ParseError error;
  EXPECT_FALSE(ParseExpr("sum(\n  rate(x))", {}, &error).ok());
  EXPECT_EQ(error.position, (PositionRange{12, 13}));
  EXPECT_EQ(error.message, "expected type range vector in call to function \"rate\", got instant vector");
}

TEST(ParserTest, RefusesTreesTooDeepForAStack) {
  const auto nested = [](std::string_view open, std::string_view inner, std::string_view close, int times) {
    std::string query;
    for (int i = 0; i < times; ++i) query += open;
    query += inner;
    for (int i = 0; i < times; ++i) query += close;
    return query;
  };
  const std::string too_deep = "expression is nested deeper than 1000 levels";
  EXPECT_TRUE(ParseExpr(nested("(", "1", ")", 900)).ok());
  EXPECT_TRUE(ParseExpr(nested("a+", "a", "", 900)).ok());
  for (const std::string& query :
       {nested("(", "1", ")", 100'000), nested("-", "a", "", 100'000), nested("a+", "a", "", 100'000),
        nested("a^", "a", "", 100'000), nested("abs(", "a", ")", 100'000), nested("", "a", "[5m:]", 100'000),
        nested("(", "a", "+b+c+d)", 400), nested("sum(", "a", ")", 1'001), "a[" + nested("(", "1m", ")", 100'000) + "]",
        "a[" + nested("1m+", "1m", "", 100'000) + "]", "a[" + nested("-", "1m", "", 100'000) + "]",
        "a offset (" + nested("max_of(1,", "1m", ")", 100'000) + ")"}) {
    EXPECT_NE(ErrorOf(query, kEveryFeature).find(too_deep), std::string::npos) << query.substr(0, 20);
  }
}

TEST(ParserTest, ReadsMetricSelectors) {
  const auto matchers = ParseMetricSelector("up{job=~\"a|b\",\"x y\"!=\"\"}");
  ASSERT_TRUE(matchers.ok());
  EXPECT_EQ(varve::ToString(*matchers), R"({job=~"a|b","x y"!="",__name__="up"})");
  EXPECT_TRUE(ParseMetricSelector("{}").ok());
  EXPECT_EQ(ParseMetricSelector("up offset 5m").status().message(), "1:4: parse error: unexpected <offset>");
  EXPECT_EQ(ParseMetricSelector("").status().message(), "unknown position: parse error: unexpected end of input");
  EXPECT_EQ(ParseMetricSelector("1").status().message(), "1:1: parse error: unexpected number \"1\"");
}

TEST(ParserTest, ReadsMetrics) {
  EXPECT_EQ(*ParseMetric("up{job='x', 'a b'=\"c\",}"), (Labels{{"__name__", "up"}, {"a b", "c"}, {"job", "x"}}));
  EXPECT_EQ(*ParseMetric("{\"my metric\"}"), (Labels{{"__name__", "my metric"}}));
  EXPECT_EQ(*ParseMetric(""), Labels());
  EXPECT_EQ(ParseMetric("up{job!='x'}").status().message(), "1:7: parse error: unexpected <op:!=> in label set, expected \"=\"");
  EXPECT_EQ(ParseMetric("up{job='x' y='z'}").status().message(),
            "1:12: parse error: unexpected identifier \"y\" in label set, expected \",\" or \"}\"");
  EXPECT_EQ(ParseMetric("up 1").status().message(), "1:4: parse error: unexpected number \"1\"");
}

}  // namespace
}  // namespace varve::promql
