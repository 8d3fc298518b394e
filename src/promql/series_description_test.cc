#include "promql/series_description.h"

#include <gtest/gtest.h>

#include "base/float_text.h"
#include "model/histogram_text.h"
#include "model/sample.h"

namespace varve::promql {
namespace {

std::string Values(std::string_view text) {
  const auto series = ParseSeriesDescription(text);
  if (!series.ok()) return std::string(series.status().message());
  std::string out;
  for (const SequenceValue& value : series->values) {
    if (!out.empty()) out += ' ';
    if (value.omitted) {
      out += '_';
    } else if (value.histogram.has_value()) {
      out += ToTestExpression(*value.histogram);
    } else {
      out += IsStaleNan(value.value) ? "stale" : FormatFloatFixed(value.value);
    }
  }
  return out;
}

TEST(SeriesDescriptionTest, ReadsLabels) {
  EXPECT_EQ(ParseSeriesDescription("up{job='a b{}', \"x}\"=`}`} 1")->labels,
            (Labels{{"__name__", "up"}, {"job", "a b{}"}, {"x}", "}"}}));
  EXPECT_EQ(ParseSeriesDescription("  {} 1")->labels, Labels());
  EXPECT_EQ(ParseSeriesDescription("sum")->labels, (Labels{{"__name__", "sum"}}));
  EXPECT_EQ(ParseSeriesDescription("a{").status().message(), "1:3: parse error: unexpected end of input inside braces");
}

TEST(SeriesDescriptionTest, ExpandsNumbers) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a", ""},
      {"a ", ""},
      {"a  1 \t2", "1 2"},
      {"a 1x3 2", "1 1 1 1 2"},
      {"a 1+2x3", "1 3 5 7"},
      {"a -1.5-0.5x2", "-1.5 -2 -2.5"},
      {"a 1e1-1e0x1", "10 9"},
      {"a _ _x3 1 _x0", "_ _ _ _ 1"},
      {"a stale -Inf NaN inf", "stale -Inf NaN +Inf"},
      {"a stalex1", "stale stale"},
      {"a 010 1_000", "8 1000"},
  };
  for (const auto& [text, values] : cases) EXPECT_EQ(Values(text), values) << text;
}

TEST(SeriesDescriptionTest, ExpandsHistograms) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a {{}}", "{{}}"},
      {"a {{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 n_buckets:[4.1 5] "
       "n_offset:-5}} 1",
       "{{schema:1 count:3.1 sum:-0.3 z_bucket:7.1 z_bucket_w:0.05 offset:-3 buckets:[5.1 10 7] n_offset:-5 n_buckets:[4.1 5]}} "
       "1"},
      {"a {{count:1}}x2", "{{count:1}} {{count:1}} {{count:1}}"},
      {"a {{count:1 buckets:[1]}}+{{count:2 buckets:[1 1]}}x2",
       "{{count:1 buckets:[1]}} {{count:3 buckets:[2 1]}} {{count:5 buckets:[3 2]}}"},
      {"a {{count:5}}-{{count:2}}x1", "{{count:5}} {{count:3}}"},
      {"a {{schema:-53 custom_values:[5 10] buckets:[1 2 3]}}", "{{schema:-53 custom_values:[5 10] buckets:[1 2 3]}}"},
      {"a {{counter_reset_hint:gauge sum:Inf }}", "{{sum:+Inf counter_reset_hint:gauge}}"},
  };
  for (const auto& [text, values] : cases) EXPECT_EQ(Values(text), values) << text;
  EXPECT_FALSE(ParseSeriesDescription("a {{count:1}}")->values[0].has_reset_hint);
  EXPECT_TRUE(ParseSeriesDescription("a {{counter_reset_hint:unknown}}")->values[0].has_reset_hint);
}

TEST(SeriesDescriptionTest, SaysWhereItCannotGoOn) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a 1 b", "1:6: parse error: expected a number, found \"b\""},
      {"a 1+2", "1:6: parse error: unexpected end of series values, expected \"x\""},
      {"a 1x", "1:5: parse error: invalid repetition in series values: \"\""},
      {"a 1x99999999", "1:13: parse error: a series may have up to 1000000 values"},
      {"a 1;", "1:4: parse error: unexpected character in series sequence: ';'"},
      {"a {{count:1", "1:12: parse error: histogram description incomplete unexpected: end of input"},
      {"a {{count}}", "1:10: parse error: missing `:` for histogram descriptor"},
      {"a {{count:1 count:2}}", "1:19: parse error: duplicate key \"count\" in histogram"},
      {"a {{size:1}}", "1:10: parse error: bad histogram descriptor found: \"size\""},
      {"a {{buckets:1}}", "1:13: parse error: expected \"[\" in histogram description"},
      {"a {{schema:1}}+{{schema:0}}x1", "1:30: parse error: error combining histograms: cannot merge from schema 0 to 1"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(Values(text), message) << text;
}

}  // namespace
}  // namespace varve::promql
