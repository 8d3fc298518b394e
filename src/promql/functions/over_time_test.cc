// Functions that fold a window into a number or a histogram. Prometheus gives the same answers to these scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/testing/query_fixture.h"

namespace varve::promql {
namespace {

using testing::IsEmpty;

TEST(OverTimeTest, ExtremesOfWindowsThatOverlap) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x 4 1 3 2 _ 8 NaN NaN NaN NaN NaN 5 -3 6

eval range from 0 to 13m step 1m max_over_time(x[5m])
  {} 4 4 4 4 4 8 8 8 8 8 NaN 5 5 6

eval range from 0 to 13m step 1m min_over_time(x[5m])
  {} 4 1 1 1 1 1 2 2 8 8 NaN 5 -3 -3
)"),
              IsEmpty());
}

TEST(OverTimeTest, FoldsFloats) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x 4 1 3 2 _ 8

eval instant at 5m sum_over_time(x[10m])
  {} 18

eval instant at 5m avg_over_time(x[10m])
  {} 3.6

eval instant at 5m count_over_time(x[10m])
  {} 5

eval instant at 5m min_over_time(x[10m])
  {} 1

eval instant at 5m max_over_time(x[10m])
  {} 8

eval instant at 5m first_over_time(x[10m])
  x 4

eval instant at 5m last_over_time(x[10m])
  x 8

eval instant at 5m present_over_time(x[10m])
  {} 1

eval instant at 5m stdvar_over_time(x[10m])
  {} 5.84

eval instant at 5m quantile_over_time(0.25, x[10m])
  {} 2

eval instant at 5m mad_over_time(x[10m])
  {} 1

eval instant at 5m ts_of_max_over_time(x[10m])
  {} 300

eval instant at 5m ts_of_min_over_time(x[10m])
  {} 60

eval instant at 5m ts_of_first_over_time(x[10m])
  {} 0

# A window is open on the left.
eval range from 1m to 5m step 1m sum_over_time(x[2m])
  {} 5 4 5 2 8
)"),
              IsEmpty());
}

TEST(OverTimeTest, SumsKeepWhatRoundingTakes) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x 1 1e100 1 -1e100
  large 1.5e308 1.5e308 1.5e308

eval instant at 3m sum_over_time(x[10m])
  {} 2

eval instant at 3m avg_over_time(x[10m])
  {} 0.5

eval instant at 2m sum_over_time(large[10m])
  {} Inf

# The mean of what has no sum.
eval instant at 2m avg_over_time(large[10m])
  {} 1.5e308
)"),
              IsEmpty());
}

TEST(OverTimeTest, NansLoseUnlessTheyAreAlone) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x NaN 2 NaN 1
  alone NaN NaN

eval instant at 3m min_over_time(x[10m])
  {} 1

eval instant at 3m max_over_time(x[10m])
  {} 2

eval instant at 3m ts_of_max_over_time(x[10m])
  {} 60

eval instant at 3m sum_over_time(x[10m])
  {} NaN

eval instant at 1m max_over_time(alone[10m])
  {} NaN

eval instant at 3m changes(alone[10m])
  {} 0
)"),
              IsEmpty());
}

TEST(OverTimeTest, AddsHistogramsUp) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  h {{schema:1 count:4 sum:10 buckets:[1 3]}} {{schema:0 count:2 sum:3 z_bucket:1 z_bucket_w:0.1 buckets:[1]}} {{schema:1 count:3 sum:2 buckets:[3]}}

eval instant at 2m sum_over_time(h[10m])
  {} {{schema:0 count:9 sum:15 z_bucket:1 z_bucket_w:0.1 buckets:[5 3]}}

eval instant at 2m avg_over_time(h[10m])
  {} {{schema:0 count:3 sum:5 z_bucket:0.3333333333333333 z_bucket_w:0.1 buckets:[1.6666666666666667 1]}}

eval instant at 2m count_over_time(h[10m])
  {} 3

eval instant at 2m last_over_time(h[10m])
  h {{schema:1 count:3 sum:2 buckets:[3]}}
)"),
              IsEmpty());
}

TEST(OverTimeTest, WhatDoesNotFitTogetherHasNoSum) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  mixed 1 {{count:4 sum:4 buckets:[4]}} 3
  kinds {{count:1 sum:1 buckets:[1]}} {{count:4 sum:4 custom_values:[5 10] schema:-53 buckets:[1 3]}}
  bounds {{count:2 sum:1 custom_values:[5 10] schema:-53 buckets:[1 1]}} {{count:4 sum:4 custom_values:[5] schema:-53 buckets:[1 3]}}

eval instant at 2m sum_over_time(mixed[10m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:15)

eval instant at 2m avg_over_time(mixed[10m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:15)

eval instant at 2m max_over_time(mixed[10m])
  expect info msg: PromQL info: ignored histograms in a range containing both floats and histograms for metric name "mixed" (1:15)
  {} 3

eval instant at 1m sum_over_time(kinds[10m])
  expect warn msg: PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "kinds" (1:15)

eval instant at 1m avg_over_time(bounds[10m])
  expect info msg: PromQL info: mismatched custom buckets were reconciled during aggregation (1:15)
  {} {{count:3 sum:2.5 custom_values:[5] schema:-53 buckets:[1 2]}}
)"),
              IsEmpty());
}

TEST(OverTimeTest, DrawsLines) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x 0 60 120 180
  flat 7 7 7

eval instant at 3m deriv(x[10m])
  {} 1

eval instant at 3m predict_linear(x[10m], 100)
  {} 280

eval instant at 2m deriv(flat[10m])
  {} 0

eval instant at 2m predict_linear(flat[10m], 1e9)
  {} 7

eval instant at 3m double_exponential_smoothing(x[10m], 0.5, 0.5)
  {} 180

eval instant at 3m double_exponential_smoothing(x[10m], 1, 0.5)
  expect fail msg: invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000
)"),
              IsEmpty());
}

}  // namespace
}  // namespace varve::promql
