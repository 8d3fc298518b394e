#include "model/histogram_trim.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/histogram_text.h"
#include "model/testing/histograms.h"

namespace varve {
namespace {

FloatHistogram Below(FloatHistogram histogram, double value) { return KeepBelow(histogram, value), histogram; }
FloatHistogram Above(FloatHistogram histogram, double value) { return KeepAbove(histogram, value), histogram; }

TEST(HistogramTrimTest, LeavesAloneWhatItDoesNotCut) {
  const FloatHistogram histogram = MakeHistogram(0, {{1, 2}, {2, 4}}, {{1, 1}}, 3, 0.5);
  EXPECT_EQ(ToString(Below(histogram, 4)), ToString(histogram));
  EXPECT_EQ(ToString(Above(histogram, -2)), ToString(histogram));
  EXPECT_EQ(ToString(Below(histogram, INFINITY)), ToString(histogram));
}

TEST(HistogramTrimTest, CutsAtBoundsAndWithinBuckets) {
  const FloatHistogram histogram = MakeHistogram(0, {{1, 2}, {2, 4}}, {{1, 1}}, 3, 0.5);
  // Middles: sqrt(1*2) of two observations, 0 of three, -sqrt(1*2) of one.
  const FloatHistogram at_bound = Below(histogram, 2);
  EXPECT_EQ(at_bound.count, 6);
  EXPECT_DOUBLE_EQ(at_bound.sum, std::sqrt(2.0));
  EXPECT_EQ(at_bound.positive.size(), 1u);
  // Half of (2,4] on a logarithmic scale lies below sqrt(8).
  const FloatHistogram within = Below(histogram, std::sqrt(8.0));
  EXPECT_DOUBLE_EQ(within.count, 8);
  EXPECT_DOUBLE_EQ(within.positive[1], 2);
  const FloatHistogram above = Above(histogram, std::sqrt(8.0));
  EXPECT_DOUBLE_EQ(above.count, 2);
  EXPECT_TRUE(above.negative.empty());
  EXPECT_EQ(above.zero_count, 0);
}

TEST(HistogramTrimTest, CutsTheZeroBucketOnALinearScale) {
  EXPECT_EQ(ToString(Below(MakeHistogram(0, {{1, 2}}, {{1, 2}}, 4, 0.5), 0)),
            "{count:4, sum:-3.3284271247461903, [-2,-1):2, [-0.5,0.5]:2}");
  // Without negative observations the zero bucket has none below 0 either.
  EXPECT_EQ(Below(MakeHistogram(0, {{1, 2}}, {}, 4, 0.5), 0.25).zero_count, 2);
  EXPECT_EQ(Above(MakeHistogram(0, {{1, 2}}, {}, 4, 0.5), 0).zero_count, 4);
  EXPECT_EQ(Above(MakeHistogram(0, {}, {{1, 2}}, 4, 0.5), -0.125).zero_count, 1);
}

TEST(HistogramTrimTest, CutsCustomBucketsOnALinearScale) {
  const FloatHistogram histogram = MakeCustomHistogram({2, 4}, {{0, 2}, {1, 4}, {2, 8}});
  EXPECT_EQ(ToString(Below(histogram, 3)), "{count:4, sum:7, [-Inf,2]:2, (2,4]:2}");
  EXPECT_EQ(ToString(Below(histogram, 5)), "{count:6, sum:14, [-Inf,2]:2, (2,4]:4}");
  EXPECT_EQ(ToString(Above(histogram, 3)), "{count:10, sum:39, (2,4]:2, (4,+Inf]:8}");
  EXPECT_EQ(ToString(Above(histogram, 9)), "{count:8, sum:72, (4,+Inf]:8}");
  // Of a first bucket that ends above zero, observations are taken to lie above zero.
  EXPECT_EQ(ToString(Below(histogram, 1)), "{count:1, sum:0.5, [-Inf,2]:1}");
  EXPECT_EQ(ToString(Above(histogram, -1)), "{count:12, sum:44, (2,4]:4, (4,+Inf]:8}");
}

}  // namespace
}  // namespace varve
