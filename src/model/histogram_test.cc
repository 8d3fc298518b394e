#include "model/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "model/histogram_text.h"
#include "model/int_histogram.h"
#include "model/sample.h"
#include "model/testing/histograms.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

FloatHistogram Valid() { return MakeHistogram(1, {{-3, 1}, {2, 2}, {3, 1}}, {{1, 4}}, 2, 0.01); }

TEST(HistogramTest, AcceptsWhatFits) {
  EXPECT_TRUE(FloatHistogram().Validate().ok());
  EXPECT_TRUE(Valid().Validate().ok());
  EXPECT_TRUE(MakeCustomHistogram({1, 2, 5}, {{0, 1}, {3, 2}}).Validate().ok());
  EXPECT_TRUE(MakeCustomHistogram({}, {{0, 1}}).Validate().ok());
}

TEST(HistogramTest, RefusesWhatDoesNot) {
  const auto error = [](auto change) {
    FloatHistogram histogram = Valid();
    change(histogram);
    const absl::Status status = histogram.Validate();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  EXPECT_THAT(error([](auto& h) { h.schema = 9; }), HasSubstr("invalid schema"));
  EXPECT_THAT(error([](auto& h) { h.schema = -5; }), HasSubstr("got schema -5"));
  EXPECT_THAT(error([](auto& h) { h.positive.pop_back(); }), HasSubstr("positive side: spans need 3 buckets, have 2 buckets"));
  EXPECT_THAT(error([](auto& h) { h.positive_spans[1].offset = -1; }), HasSubstr("span number 2 with offset -1"));
  EXPECT_THAT(error([](auto& h) { h.negative_spans[0].offset = 0x7fffffff; }), HasSubstr("no number falls into"));
  EXPECT_THAT(error([](auto& h) { h.negative_spans[0].length = 0xffffffff; }), HasSubstr("no number falls into"));
  EXPECT_THAT(error([](auto& h) { h.positive[1] = -1; }), HasSubstr("bucket number 2 has observation count of -1"));
  EXPECT_THAT(error([](auto& h) { h.negative[0] = -1; }), HasSubstr("negative side"));
  EXPECT_THAT(error([](auto& h) { h.zero_count = -1; }), HasSubstr("zero bucket has observation count of -1"));
  EXPECT_THAT(error([](auto& h) { h.zero_threshold = std::nan(""); }), HasSubstr("NaN"));
  EXPECT_THAT(error([](auto& h) { h.count = -1; }), HasSubstr("observation count is negative"));
  EXPECT_THAT(error([](auto& h) { h.custom_values = {1}; }), HasSubstr("must not have custom bounds"));
}

TEST(HistogramTest, RefusesCustomBucketsThatDoNotFit) {
  const auto error = [](auto change) {
    FloatHistogram histogram = MakeCustomHistogram({1, 2, 5}, {{0, 1}, {3, 2}});
    change(histogram);
    return std::string(histogram.Validate().message());
  };
  EXPECT_THAT(error([](auto& h) { h.custom_values = {1, 1, 5}; }), HasSubstr("strictly increasing"));
  EXPECT_THAT(error([](auto& h) { h.custom_values[2] = INFINITY; }), HasSubstr("must be finite"));
  EXPECT_THAT(error([](auto& h) { h.custom_values[0] = NAN; }), HasSubstr("must not be NaN"));
  EXPECT_THAT(error([](auto& h) { h.custom_values = {1, 2}; }), HasSubstr("only 2 custom bounds"));
  EXPECT_THAT(error([](auto& h) { h.positive_spans[0].offset = -1; }), HasSubstr("offset is negative"));
  EXPECT_THAT(error([](auto& h) { h.zero_count = 1; }), HasSubstr("zero count of 0"));
  EXPECT_THAT(error([](auto& h) { h.zero_threshold = 1; }), HasSubstr("zero threshold of 0"));
  EXPECT_THAT(error([](auto& h) { h.negative_spans = {{0, 0}}; }), HasSubstr("negative spans"));
  EXPECT_THAT(error([](auto& h) { h.negative = {1}; }), HasSubstr("negative buckets"));
}

TEST(HistogramTest, IsStaleByItsSum) {
  FloatHistogram histogram;
  EXPECT_FALSE(histogram.is_stale());
  histogram.sum = std::nan("");
  EXPECT_FALSE(histogram.is_stale());
  histogram.sum = StaleNan();
  EXPECT_TRUE(histogram.is_stale());
}

TEST(HistogramTextTest, PrintsAsPrometheus) {
  EXPECT_EQ(ToString(FloatHistogram()), "{count:0, sum:0}");
  FloatHistogram histogram =
      MakeHistogram(1, {{-3, 1}, {1, 3.3}, {2, 4.2}, {3, 0}, {4, 0.1}}, {{2, 3.1}, {3, 3}, {8, 123400}, {9, 1000}}, 5.5, 0.01);
  histogram.count = 3493.3;
  histogram.sum = 2349209.324;
  EXPECT_EQ(ToString(histogram),
            "{count:3493.3, sum:2.349209324e+06, [-22.62741699796952,-16):1000, [-16,-11.31370849898476):123400, "
            "[-2.82842712474619,-2):3, [-2,-1.414213562373095):3.1, [-0.01,0.01]:5.5, (0.25,0.35355339059327373]:1, "
            "(1,1.414213562373095]:3.3, (1.414213562373095,2]:4.2, (2.82842712474619,4]:0.1}");
  EXPECT_EQ(ToString(MakeCustomHistogram({1, 5}, {{0, 1}, {2, 5}})), "{count:6, sum:12, [-Inf,1]:1, (5,+Inf]:5}");
}

TEST(HistogramTextTest, PrintsTestExpressions) {
  EXPECT_EQ(ToTestExpression(FloatHistogram()), "{{}}");
  FloatHistogram histogram = MakeHistogram(1, {{2, 1}, {5, 2}}, {{0, 3}}, 1, 0.5);
  histogram.reset_hint = CounterResetHint::kGauge;
  EXPECT_EQ(
      ToTestExpression(histogram),
      "{{schema:1 count:7 sum:14 z_bucket:1 z_bucket_w:0.5 counter_reset_hint:gauge offset:2 buckets:[1 0 0 2] n_buckets:[3]}}");
  EXPECT_EQ(ToTestExpression(MakeCustomHistogram({5, 10}, {{1, 4}})),
            "{{schema:-53 count:4 sum:8 custom_values:[5 10] offset:1 buckets:[4]}}");
}

TEST(IntHistogramTest, ConvertsDeltas) {
  IntHistogram histogram;
  histogram.count = 12;
  histogram.zero_count = 2;
  histogram.positive_spans = {{1, 2}, {1, 1}};
  histogram.positive_deltas = {3, -2, 1};
  histogram.negative_spans = {{0, 1}};
  histogram.negative_deltas = {4};
  ASSERT_TRUE(histogram.Validate().ok()) << histogram.Validate();
  const FloatHistogram converted = histogram.ToFloat();
  EXPECT_THAT(converted.positive, ElementsAre(3, 1, 2));
  EXPECT_THAT(converted.negative, ElementsAre(4));
  EXPECT_EQ(converted.count, 12);
  EXPECT_EQ(converted.zero_count, 2);
}

TEST(IntHistogramTest, ChecksTheTotal) {
  IntHistogram histogram;
  histogram.count = 4;
  histogram.positive_spans = {{0, 1}};
  histogram.positive_deltas = {3};
  EXPECT_THAT(std::string(histogram.Validate().message()), HasSubstr("should equal"));
  histogram.sum = std::nan("");
  EXPECT_TRUE(histogram.Validate().ok());
  histogram.count = 2;
  EXPECT_THAT(std::string(histogram.Validate().message()), HasSubstr("at least"));
  histogram.positive_deltas = {INT64_MIN};
  EXPECT_FALSE(histogram.Validate().ok());
}

}  // namespace
}  // namespace varve
