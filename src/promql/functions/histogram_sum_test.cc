#include "promql/functions/histogram_sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "model/histogram_arithmetic.h"

namespace varve::promql {
namespace {

FloatHistogram Exponential(double scale, CounterResetHint hint = CounterResetHint::kUnknown) {
  FloatHistogram histogram;
  histogram.reset_hint = hint;
  histogram.count = 3 * scale;
  histogram.sum = 10 * scale;
  histogram.positive_spans = {{0, 2}};
  histogram.positive = {scale, 2 * scale};
  return histogram;
}

FloatHistogram Custom(std::vector<double> bounds) {
  FloatHistogram histogram;
  histogram.schema = kCustomBucketsSchema;
  histogram.count = 1;
  histogram.sum = 1;
  histogram.custom_values = std::move(bounds);
  histogram.positive_spans = {{0, 1}};
  histogram.positive = {1};
  return histogram;
}

HistogramSum SumOf(HistogramTotal kind, std::initializer_list<double> scales) {
  HistogramSum sum(kind);
  for (const double scale : scales) EXPECT_TRUE(sum.Add(Exponential(scale)));
  return sum;
}

TEST(HistogramSumTest, AddsAndAverages) {
  EXPECT_TRUE(SameHistogram(SumOf(HistogramTotal::kSum, {1, 2, 5}).Finish(), Exponential(8)));
  EXPECT_TRUE(SameHistogram(SumOf(HistogramTotal::kMean, {1, 2, 9}).Finish(), Exponential(4)));
  EXPECT_TRUE(HistogramSum(HistogramTotal::kSum).empty());
}

TEST(HistogramSumTest, KeepsWhatRoundingTakes) {
  EXPECT_TRUE(SameHistogram(SumOf(HistogramTotal::kSum, {1, 1e100, 1, -1e100}).Finish(), Exponential(2)));
}

TEST(HistogramSumTest, AMeanNeedsNoSum) {
  const FloatHistogram mean = SumOf(HistogramTotal::kMean, {1e307, 1e307, 1e307, 1e307}).Finish();
  EXPECT_DOUBLE_EQ(mean.sum, 1e308);
  EXPECT_DOUBLE_EQ(mean.positive[1], 2e307);
  EXPECT_TRUE(std::isinf(SumOf(HistogramTotal::kSum, {1e307, 1e307, 1e307, 1e307}).Finish().sum));
}

TEST(HistogramSumTest, PartsAddUpToTheWhole) {
  for (const HistogramTotal kind : {HistogramTotal::kSum, HistogramTotal::kMean}) {
    HistogramSum whole = SumOf(kind, {1, 2, 3, 4, 30});
    HistogramSum parts = SumOf(kind, {1, 2});
    EXPECT_TRUE(parts.Merge(HistogramSum(kind)));
    EXPECT_TRUE(parts.Merge(SumOf(kind, {3, 4, 30})));
    EXPECT_TRUE(SameHistogram(std::move(parts).Finish(), std::move(whole).Finish()));
    HistogramSum empty(kind);
    EXPECT_TRUE(empty.Merge(SumOf(kind, {5})));
    EXPECT_TRUE(SameHistogram(std::move(empty).Finish(), Exponential(5)));
  }
}

TEST(HistogramSumTest, MeansMergeWhereverTheyOverflowed) {
  for (const double first : {1e300, 1e307}) {
    for (const double second : {1e300, 1e307}) {
      HistogramSum mean = SumOf(HistogramTotal::kMean, {first, first, first, first});
      EXPECT_TRUE(mean.Merge(SumOf(HistogramTotal::kMean, {second, second, second, second})));
      EXPECT_DOUBLE_EQ(std::move(mean).Finish().sum, 5 * first + 5 * second);
    }
  }
}

TEST(HistogramSumTest, KindsOfBucketsDoNotMix) {
  HistogramSum sum = SumOf(HistogramTotal::kSum, {1});
  EXPECT_FALSE(sum.Add(Custom({5})));
  EXPECT_TRUE(sum.incompatible());
  EXPECT_FALSE(sum.Add(Exponential(1)));
  HistogramSum other = SumOf(HistogramTotal::kSum, {1});
  EXPECT_FALSE(other.Merge(std::move(sum)));
  HistogramSum custom(HistogramTotal::kMean);
  EXPECT_TRUE(custom.Add(Custom({5})));
  EXPECT_FALSE(custom.Merge(SumOf(HistogramTotal::kMean, {1})));
}

TEST(HistogramSumTest, RemembersWhatToTell) {
  HistogramSum sum(HistogramTotal::kSum);
  sum.Add(Custom({5, 10}));
  EXPECT_FALSE(sum.bounds_reconciled());
  sum.Add(Custom({5}));
  EXPECT_TRUE(sum.bounds_reconciled());
  HistogramSum resets(HistogramTotal::kSum), others(HistogramTotal::kSum);
  resets.Add(Exponential(1, CounterResetHint::kReset));
  EXPECT_FALSE(resets.reset_collision());
  others.Add(Exponential(1, CounterResetHint::kNotReset));
  resets.Merge(std::move(others));
  EXPECT_TRUE(resets.reset_collision());
}

}  // namespace
}  // namespace varve::promql
