// rate, increase, delta, irate, idelta, changes, resets. Prometheus gives the same answers to these scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/testing/query_fixture.h"

namespace varve::promql {
namespace {

using testing::IsEmpty;

TEST(RateTest, ExtrapolatesToTheEndsOfTheWindow) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  a_total 100 160 220 280 340 400
  late_total _ _ _ 1000 1060 1120

# Samples at 1m to 5m, 240 between them, and the window begins one interval before.
eval instant at 5m increase(a_total[5m])
  {} 300

eval instant at 5m rate(a_total[5m])
  {} 1

# The ends of the window are farther away than 1.1 intervals: half an interval is added on the left.
eval instant at 5m increase(late_total[5m])
  {} 150

# One sample is not enough.
eval instant at 5m rate(a_total[1m])
)"),
              IsEmpty());
}

TEST(RateTest, ACounterIsNeverTakenToHaveBeenBelowZero) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  a_total 0 10 60
  falls 50 40 30

# From 0 at 1m the line would go to -50 at 0m; it is cut at 10 below the first sample.
eval instant at 2m increase(a_total[2m])
  {} 60

eval instant at 2m delta(a_total[2m])
  {} 100

eval instant at 2m delta(falls[2m])
  {} -20
)"),
              IsEmpty());
}

TEST(RateTest, ResetsAreAddedBack) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  a_total 0 60 120 10 70
  b_total 10 stale 5 8

eval instant at 4m rate(a_total[5m])
  {} 0.6333333333333334

eval instant at 4m resets(a_total[5m])
  {} 1

eval instant at 4m changes(a_total[5m])
  {} 4

eval instant at 4m irate(a_total[5m])
  {} 1

# The last fall is all a counter has grown since its reset.
eval instant at 3m irate(a_total[5m])
  {} 0.16666666666666666

eval instant at 3m idelta(a_total[5m])
  {} -110

# A stale marker is no sample, and hides no reset.
eval instant at 3m resets(b_total[5m])
  {} 1
)"),
              IsEmpty());
}

TEST(RateTest, TellsWhoTakesTheRateOfAGauge) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  temperature 1 2 3

eval instant at 2m rate(temperature[5m])
  expect info msg: PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "temperature" (1:6)
  {} 0.008333333333333333

eval instant at 2m delta(temperature[5m])
  expect no_info
  {} 2.5
)"),
              IsEmpty());
}

TEST(RateTest, HistogramsHaveRates) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  h {{schema:0 count:4 sum:4 buckets:[1 3]}} {{schema:0 count:8 sum:9 buckets:[2 6]}} {{schema:0 count:12 sum:14 buckets:[3 9]}}

eval instant at 2m increase(h[2m])
  {} {{schema:0 count:8 sum:10 counter_reset_hint:gauge buckets:[2 6]}}

eval instant at 2m rate(h[2m]) * 120
  {} {{schema:0 count:8 sum:10 counter_reset_hint:gauge buckets:[2 6]}}

eval instant at 2m irate(h[2m]) * 60
  {} {{schema:0 count:4 sum:5 counter_reset_hint:gauge buckets:[1 3]}}

eval instant at 2m delta(h[2m])
  expect warn msg: PromQL warning: this native histogram metric is not a gauge: "h" (1:7)
  {} {{schema:0 count:8 sum:10 counter_reset_hint:gauge buckets:[2 6]}}
)"),
              IsEmpty());
}

TEST(RateTest, HistogramsMeetAtTheCoarserResolution) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  h {{schema:1 count:2 sum:2 buckets:[0 1 1]}} {{schema:1 count:4 sum:4 buckets:[0 2 2]}} {{schema:0 count:8 sum:8 buckets:[0 8]}}

eval instant at 2m increase(h[3m])
  {} {{schema:0 count:8 sum:8 counter_reset_hint:gauge offset:1 buckets:[8]}}
)"),
              IsEmpty());
}

TEST(RateTest, ResetsOfHistogramsAreAddedBack) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  h {{count:4 sum:4 buckets:[4]}} {{count:6 sum:6 buckets:[6]}} {{count:1 sum:1 buckets:[1]}} {{count:3 sum:3 buckets:[3]}}
  only_a_bucket_fell {{count:4 sum:4 buckets:[4]}} {{count:6 sum:6 buckets:[1 5]}}
  first {{count:4 sum:4 custom_values:[1] schema:-53 buckets:[4]}} {{count:1 sum:1 buckets:[1]}} {{count:3 sum:3 buckets:[3]}}

# 6-4, then 1, then 3-1, over three minutes of four; not below zero on the left.
eval instant at 3m increase(h[4m])
  {} {{count:6.666666666666666 sum:6.666666666666666 counter_reset_hint:gauge buckets:[6.666666666666666]}}

eval instant at 3m resets(h[4m])
  {} 1

eval instant at 1m resets(only_a_bucket_fell[4m])
  {} 1

# What came before a reset may even have had other buckets.
eval instant at 2m increase(first[3m])
  expect no_warn
  {} {{count:4.5 sum:4.5 counter_reset_hint:gauge buckets:[4.5]}}
)"),
              IsEmpty());
}

TEST(RateTest, WhatDoesNotFitTogetherHasNoRate) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  mixed 1 2 {{count:4 sum:4 buckets:[4]}} {{count:5 sum:5 buckets:[5]}}
  kinds {{count:1 sum:1 buckets:[1]}} {{count:4 sum:4 custom_values:[5 10] schema:-53 buckets:[1 3]}} {{count:8 sum:8 buckets:[8]}}
  bounds {{count:1 sum:1 custom_values:[5 10] schema:-53 buckets:[1]}} {{count:4 sum:4 custom_values:[5] schema:-53 buckets:[4]}}
  gauge {{count:1 sum:1 counter_reset_hint:gauge buckets:[1]}} {{count:3 sum:3 counter_reset_hint:gauge buckets:[3]}}

eval instant at 3m rate(mixed[5m])
  expect warn msg: PromQL warning: encountered a mix of histograms and floats for metric name "mixed" (1:6)

eval instant at 3m rate(mixed[2m])
  expect no_warn
  {} {{count:0.016666666666666666 sum:0.016666666666666666 counter_reset_hint:gauge buckets:[0.016666666666666666]}}

eval instant at 2m delta(kinds[90s])
  expect warn msg: PromQL warning: vector contains a mix of histograms with exponential and custom buckets schemas for metric name "kinds" (1:7)

eval instant at 1m increase(bounds[2m])
  expect info msg: PromQL info: mismatched custom buckets were reconciled during subtraction (1:10)
  {} {{count:4 sum:4 custom_values:[5] schema:-53 counter_reset_hint:gauge buckets:[4]}}

eval instant at 1m rate(gauge[2m])
  expect warn msg: PromQL warning: this native histogram metric is not a counter: "gauge" (1:6)
  {} {{count:0.025 sum:0.025 counter_reset_hint:gauge buckets:[0.025]}}
)"),
              IsEmpty());
}

TEST(RateTest, AnchoredSelectorsBeginWithTheSampleBefore) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  a_total 10 20 40 5 15

# From 20, the last one at or before 90s, to 15, with the reset from 40.
eval instant at 4m30s increase(a_total[3m] anchored)
  {} 35

eval instant at 4m30s delta(a_total[3m] anchored)
  {} -5

eval instant at 4m30s resets(a_total[3m] anchored)
  {} 1

eval instant at 4m30s changes(a_total[3m] anchored)
  {} 3

eval instant at 4m30s sum_over_time(a_total[3m] anchored)
  expect fail msg: anchored modifier can only be used with: changes, delta, increase, rate, resets - not with sum_over_time
)"),
              IsEmpty());
}

TEST(RateTest, SmoothedSelectorsInterpolate) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  a_total 10 20 40 5 15
  h {{count:2 sum:2 buckets:[2]}} {{count:4 sum:8 buckets:[4]}} {{count:8 sum:12 buckets:[8]}}

# From 30 at 90s to 10 at 3m30s, with the reset from 40.
eval instant at 3m30s increase(a_total[2m] smoothed)
  {} 20

eval instant at 3m30s rate(a_total[2m] smoothed)
  {} 0.16666666666666666

eval instant at 3m30s a_total smoothed
  a_total 10

eval instant at 1m30s increase(h[1m] smoothed)
  {} {{count:3 sum:5 counter_reset_hint:gauge buckets:[3]}}
)"),
              IsEmpty());
}

TEST(RateTest, StartTimestampsTellWhereACounterBegan) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  a_total@st _ -30s -90s
  a_total    _ 30 90
  b_total@st -30s -90s -30s
  b_total    10 20 30

# It was 0 at 30s: nothing to guess on the left.
eval instant at 2m increase(a_total[2m])
  {} 90

# The last sample began anew, though its value did not fall.
eval instant at 2m resets(b_total[3m])
  {} 1
)"),
              IsEmpty());
}

}  // namespace
}  // namespace varve::promql
