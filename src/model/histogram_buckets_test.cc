#include "model/histogram_buckets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/histogram_bounds.h"
#include "model/testing/histograms.h"

namespace varve {
namespace {

std::string Walk(const FloatHistogram& histogram, BucketOrder order) {
  std::string out;
  for (BucketIterator it(histogram, order); it.Next();) out.append(out.empty() ? "" : " ").append(it.At().ToString());
  return out;
}

TEST(HistogramBoundsTest, ArePowersOfTheSchemasBase) {
  EXPECT_EQ(ExponentialBound(0, 0), 1);
  EXPECT_EQ(ExponentialBound(1, 0), 2);
  EXPECT_EQ(ExponentialBound(-1, 0), 0.5);
  EXPECT_EQ(ExponentialBound(1, -1), 4);
  EXPECT_EQ(ExponentialBound(-2, -4), std::ldexp(1, -32));
  EXPECT_EQ(ExponentialBound(1, 1), 1.414213562373095);  // upstream's table, one bit below the nearest double
  EXPECT_EQ(ExponentialBound(3, 2), 1.6817928305074288);
  for (int32_t schema = 1; schema <= kExponentialSchemaMax; ++schema) {
    for (int64_t index = -600; index < 600; ++index) {
      const double expected = std::exp2(static_cast<double>(index) / (1 << schema));
      ASSERT_NEAR(ExponentialBound(index, schema) / expected, 1, 1e-15) << index << " " << schema;
      ASSERT_EQ(ExponentialBound(2 * index, schema), ExponentialBound(index, schema - 1)) << index << " " << schema;
    }
  }
}

TEST(HistogramBoundsTest, EndAtTheLargestDouble) {
  for (int32_t schema = kExponentialSchemaMin; schema <= kExponentialSchemaMax; ++schema) {
    const int64_t last = schema < 0 ? 1024 >> -schema : int64_t{1024} << schema;
    EXPECT_EQ(ExponentialBound(last, schema), std::numeric_limits<double>::max()) << schema;
    EXPECT_EQ(ExponentialBound(last + 1, schema), std::numeric_limits<double>::infinity()) << schema;
    EXPECT_EQ(ExponentialBound(int64_t{1} << 40, schema), std::numeric_limits<double>::infinity()) << schema;
    EXPECT_EQ(ExponentialBound(-(int64_t{1} << 40), schema), 0) << schema;
  }
}

TEST(HistogramBoundsTest, CustomBoundsEndAtInfinity) {
  const std::vector<double> bounds = {1, 5};
  EXPECT_EQ(BucketBound(-1, kCustomBucketsSchema, bounds), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(BucketBound(1, kCustomBucketsSchema, bounds), 5);
  EXPECT_EQ(BucketBound(2, kCustomBucketsSchema, bounds), std::numeric_limits<double>::infinity());
}

TEST(HistogramBoundsTest, IndexAtCoarserSchemas) {
  for (int64_t index = -40; index < 40; ++index) {
    const int64_t coarse = IndexAtSchema(index, 2, 0);
    EXPECT_GE(ExponentialBound(coarse, 0), ExponentialBound(index, 2));
    EXPECT_LE(ExponentialBound(coarse - 1, 0), ExponentialBound(index - 1, 2));
  }
}

TEST(BucketIteratorTest, WalksInEveryOrder) {
  const FloatHistogram histogram = MakeHistogram(0, {{0, 1}, {1, 2}, {4, 3}}, {{1, 4}, {3, 5}}, 6, 0.25);
  EXPECT_EQ(Walk(histogram, BucketOrder::kPositive), "(0.5,1]:1 (1,2]:2 (8,16]:3");
  EXPECT_EQ(Walk(histogram, BucketOrder::kNegative), "[-2,-1):4 [-8,-4):5");
  EXPECT_EQ(Walk(histogram, BucketOrder::kPositiveReverse), "(8,16]:3 (1,2]:2 (0.5,1]:1");
  EXPECT_EQ(Walk(histogram, BucketOrder::kNegativeReverse), "[-8,-4):5 [-2,-1):4");
  EXPECT_EQ(Walk(histogram, BucketOrder::kAll), "[-8,-4):5 [-2,-1):4 [-0.25,0.25]:6 (0.5,1]:1 (1,2]:2 (8,16]:3");
  EXPECT_EQ(Walk(histogram, BucketOrder::kAllReverse), "(8,16]:3 (1,2]:2 (0.5,1]:1 [-0.25,0.25]:6 [-2,-1):4 [-8,-4):5");
}

TEST(BucketIteratorTest, CutsBucketsAtTheZeroThreshold) {
  const FloatHistogram histogram = MakeHistogram(0, {{0, 1}}, {{0, 2}}, 3, 0.75);
  EXPECT_EQ(Walk(histogram, BucketOrder::kAll), "[-1,-0.75):2 [-0.75,0.75]:3 (0.75,1]:1");
  EXPECT_EQ(Walk(histogram, BucketOrder::kAllReverse), "(0.75,1]:1 [-0.75,0.75]:3 [-1,-0.75):2");
  EXPECT_EQ(Walk(histogram, BucketOrder::kPositive), "(0.5,1]:1");
}

TEST(BucketIteratorTest, CustomBuckets) {
  const FloatHistogram histogram = MakeCustomHistogram({-1, 5}, {{0, 1}, {1, 2}, {2, 3}});
  EXPECT_EQ(Walk(histogram, BucketOrder::kAll), "[-Inf,-1]:1 (-1,5]:2 (5,+Inf]:3");
  EXPECT_EQ(Walk(histogram, BucketOrder::kAllReverse), "(5,+Inf]:3 (-1,5]:2 [-Inf,-1]:1");
}

TEST(BucketIteratorTest, TakesEmptySpansAndStopsWhereSpansOrCountsEnd) {
  FloatHistogram histogram;
  histogram.positive_spans = {{0, 0}, {1, 1}, {0, 0}, {0, 0}, {2, 1}, {1, 0}};
  histogram.positive = {1, 2};
  EXPECT_EQ(Walk(histogram, BucketOrder::kPositive), "(1,2]:1 (8,16]:2");
  EXPECT_EQ(Walk(histogram, BucketOrder::kPositiveReverse), "(8,16]:2 (1,2]:1");
  histogram.positive = {1};
  EXPECT_EQ(Walk(histogram, BucketOrder::kPositive), "(1,2]:1");
  histogram.positive = {1, 2, 3};
  EXPECT_EQ(Walk(histogram, BucketOrder::kPositive), "(1,2]:1 (8,16]:2");
  histogram.positive_spans.clear();
  EXPECT_EQ(Walk(histogram, BucketOrder::kAll), "");
}

TEST(HistogramBucketTest, FractionBelow) {
  const HistogramBucket positive{.lower = 1, .upper = 4}, negative{.lower = -4, .upper = -1};
  EXPECT_DOUBLE_EQ(positive.FractionBelow(2, /*linear=*/false), 0.5);
  EXPECT_DOUBLE_EQ(negative.FractionBelow(-2, /*linear=*/false), 0.5);
  EXPECT_DOUBLE_EQ(positive.FractionBelow(2, /*linear=*/true), 1.0 / 3);
}

}  // namespace
}  // namespace varve
