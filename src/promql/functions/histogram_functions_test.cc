// Quantiles, fractions and values of classic and native histograms. Prometheus gives the same answers to these scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/testing/query_fixture.h"

namespace varve::promql {
namespace {

using testing::IsEmpty;

TEST(HistogramFunctionsTest, ClassicQuantilesInterpolateWithinABucket) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x_bucket{le="1"} 10
  x_bucket{le="2"} 30
  x_bucket{le="4"} 40
  x_bucket{le="+Inf"} 50

eval instant at 0m histogram_quantile(0.4, x_bucket)
  {} 1.5

eval instant at 0m histogram_quantile(0.1, x_bucket)
  {} 0.5

# Beyond the last bound there is nothing but that bound.
eval instant at 0m histogram_quantile(0.99, x_bucket)
  {} 4

eval instant at 0m histogram_quantile(2, x_bucket)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)
  {} Inf

eval instant at 0m histogram_quantile(NaN, x_bucket)
  expect warn
  {} NaN

eval instant at 0m histogram_quantiles(x_bucket, "q", 0.4, 0.1)
  {q="0.4"} 1.5
  {q="0.1"} 0.5

eval instant at 0m histogram_fraction(1, 3, x_bucket)
  {} 0.5
)"),
              IsEmpty());
}

TEST(HistogramFunctionsTest, BrokenClassicHistogramsAreRepairedOrNamed) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  falls_bucket{le="1"} 10
  falls_bucket{le="2"} 5
  falls_bucket{le="+Inf"} 20
  open_bucket{le="1"} 10
  open_bucket{le="2"} 20
  word_bucket{le="one"} 10

eval instant at 0m histogram_quantile(0.5, falls_bucket)
  expect info regex: PromQL info: input to histogram_quantile needed to be fixed for monotonicity .* for metric name "falls_bucket", from buckets 2 to 2, with a max diff of 5, over 1 samples .*
  {} 1

# Without +Inf nobody knows how many there were.
eval instant at 0m histogram_quantile(0.5, open_bucket)
  {} NaN

eval instant at 0m histogram_quantile(0.5, word_bucket)
  expect warn msg: PromQL warning: bucket label "le" is missing or has a malformed value of "one" for metric name "word_bucket" (1:25)
)"),
              IsEmpty());
}

TEST(HistogramFunctionsTest, NativeQuantilesInterpolateExponentially) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x {{schema:0 count:8 sum:20 offset:1 buckets:[4 4]}}
  zero {{schema:0 count:4 sum:0 z_bucket:4 z_bucket_w:0.5}}
  both {{schema:0 count:8 sum:0 offset:1 buckets:[4] n_offset:1 n_buckets:[4]}}
  custom {{schema:-53 count:4 sum:10 custom_values:[2 4] buckets:[2 2]}}
  empty {{schema:0 count:0 sum:0}}

# Half of the bucket (1, 2] on a logarithmic scale.
eval instant at 0m histogram_quantile(0.25, x)
  {} 1.4142135623730951

eval instant at 0m histogram_quantile(1, x)
  {} 4

eval instant at 0m histogram_quantile(0.25, both)
  {} -1.4142135623730951

eval instant at 0m histogram_quantile(0.5, zero)
  {} 0

# Custom buckets are linear.
eval instant at 0m histogram_quantile(0.75, custom)
  {} 3

eval instant at 0m histogram_quantile(0.5, empty)
  {} NaN

eval instant at 0m histogram_fraction(1, 2, x)
  {} 0.5

eval instant at 0m histogram_fraction(-Inf, 0, both)
  {} 0.5

eval instant at 0m histogram_fraction(2, 1, x)
  {} 0
)"),
              IsEmpty());
}

TEST(HistogramFunctionsTest, NansInAHistogramAreTold) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x {{schema:0 count:10 sum:NaN offset:1 buckets:[4 4]}}

eval instant at 0m histogram_quantile(0.1, x)
  expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is skewed higher for metric name "x" (1:25)
  {} 2.378414230005442

eval instant at 0m histogram_quantile(1, x)
  expect info msg: PromQL info: input to histogram_quantile has NaN observations, result is NaN for metric name "x" (1:23)
  {} NaN

eval instant at 0m histogram_fraction(1, 4, x)
  expect info msg: PromQL info: input to histogram_fraction has NaN observations, which are excluded from all fractions for metric name "x" (1:26)
  {} 0.8
)"),
              IsEmpty());
}

TEST(HistogramFunctionsTest, ValuesOfNativeHistograms) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x {{schema:0 count:8 sum:20 offset:1 buckets:[4 4]}} 5
  custom {{schema:-53 count:4 sum:12 custom_values:[0 2 4] buckets:[0 2 2]}}

eval instant at 0m histogram_count(x)
  {} 8

eval instant at 0m histogram_sum(x)
  {} 20

eval instant at 0m histogram_avg(x)
  {} 2.5

# A bucket stands for the middle of its bounds, here 1 and 3; the mean is 3.
eval instant at 0m histogram_stdvar(custom)
  {} 2

# Floats are no histograms.
eval instant at 1m histogram_count(x)

eval instant at 1m histogram_quantile(0.5, x)
  expect warn msg: PromQL warning: bucket label "le" is missing or has a malformed value of "" for metric name "x" (1:25)
)"),
              IsEmpty());
}

// Counter resets that only show in the buckets are seen although nobody asks for buckets.
TEST(HistogramFunctionsTest, CountsOfRatesSeeResetsInBuckets) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  h {{count:4 sum:4 buckets:[4]}} {{count:5 sum:5 buckets:[1 4]}} {{count:6 sum:6 buckets:[2 4]}}

eval instant at 2m histogram_count(increase(h[2m]))
  {} 2

eval instant at 1m histogram_count(increase(h[2m]))
  {} 9
)"),
              IsEmpty());
}

}  // namespace
}  // namespace varve::promql
