// Functions of numbers, dates, labels, order and absence. Prometheus gives the same answers to these scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "promql/testing/query_fixture.h"

namespace varve::promql {
namespace {

using testing::IsEmpty;

TEST(VectorFunctionsTest, Numbers) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x{a="1"} -2.5
  x{a="2"} 7
  x{a="3"} {{count:1 sum:1 buckets:[1]}}

# Histograms have no absolute value.
eval instant at 0m abs(x)
  {a="1"} 2.5
  {a="2"} 7

eval instant at 0m round(x, 2)
  {a="1"} -2
  {a="2"} 8

eval instant at 0m round(vector(0.15), 0.1)
  {} 0.2

eval instant at 0m clamp(x, 0, 5)
  {a="1"} 0
  {a="2"} 5

eval instant at 0m clamp(x, 5, 0)

eval instant at 0m clamp_max(x, NaN)
  {a="1"} NaN
  {a="2"} NaN

eval instant at 0m 1 / clamp_max(-vector(0), 0)
  {} -Inf

eval instant at 0m 1 / clamp_min(-vector(0), 0)
  {} +Inf

eval instant at 0m clamp_max(vector(-Inf), NaN)
  {} -Inf

eval instant at 0m sgn(x)
  {a="1"} -1
  {a="2"} 1

eval instant at 0m sqrt(x)
  {a="1"} NaN
  {a="2"} 2.6457513110645907

eval instant at 0m deg(vector(pi()))
  {} 180
)"),
              IsEmpty());
}

TEST(VectorFunctionsTest, Dates) {
  EXPECT_THAT(ScriptFailures(R"(
# 2024-02-29T23:59:59Z, a Thursday.
eval instant at 0m year(vector(1709251199))
  {} 2024

eval instant at 0m month(vector(1709251199))
  {} 2

eval instant at 0m day_of_month(vector(1709251199))
  {} 29

eval instant at 0m day_of_year(vector(1709251199))
  {} 60

eval instant at 0m day_of_week(vector(1709251199))
  {} 4

eval instant at 0m days_in_month(vector(1709251199))
  {} 29

eval instant at 0m hour(vector(1709251199))
  {} 23

eval instant at 0m minute(vector(1709251199))
  {} 59

# Before 1970, and before there were years.
eval instant at 0m year(vector(-1))
  {} 1969

eval instant at 0m day_of_week(vector(-1))
  {} 3

eval instant at 0m year(vector(-62198755200))
  {} -1

eval instant at 90m minute()
  {} 30
)"),
              IsEmpty());
}

TEST(VectorFunctionsTest, Labels) {
  EXPECT_THAT(ScriptFailures(R"script(
load 1m
  x{a="front-1"} 1 _
  x{a="back-2"} 2 _
  y{a="1"} 1 _
  y{a="2"} _ 2

eval instant at 0m label_replace(x, "b", "$2:${name}", "a", "(?P<name>.*)-(.*)")
  x{a="front-1", b="1:front"} 1
  x{a="back-2", b="2:back"} 2

# The expression must match all of the value; a series it does not match stays as it is.
eval instant at 0m label_replace(x, "a", "", "a", "front.*")
  x 1
  x{a="back-2"} 2

eval instant at 0m label_replace(x, "a", "same", "a", ".*")
  expect fail msg: vector cannot contain metrics with the same labelset

# They take turns, so that they are one series.
eval range from 0 to 30s step 30s label_replace(y, "a", "same", "a", ".*")
  y{a="same"} 1 1

eval instant at 0m label_replace(x, "b", "", "a", "(")
  expect fail msg: invalid regular expression in label_replace(): (

eval instant at 0m label_join(x, "b", "/", "a", "none", "a")
  x{a="front-1", b="front-1//front-1"} 1
  x{a="back-2", b="back-2//back-2"} 2
)script"),
              IsEmpty());
}

TEST(VectorFunctionsTest, Order) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x{i="10"} 1
  x{i="9"} NaN
  x{i="a2"} 3

eval instant at 0m sort(x)
  expect ordered
  x{i="10"} 1
  x{i="a2"} 3
  x{i="9"} NaN

eval instant at 0m sort_desc(x)
  expect ordered
  x{i="a2"} 3
  x{i="10"} 1
  x{i="9"} NaN

eval instant at 0m sort_by_label(x, "i")
  expect ordered
  x{i="9"} NaN
  x{i="10"} 1
  x{i="a2"} 3

eval range from 0 to 1m step 1m sort(x)
  expect warn msg: PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)
  x{i="10"} 1 1
  x{i="9"} NaN NaN
  x{i="a2"} 3 3
)"),
              IsEmpty());
}

TEST(VectorFunctionsTest, Absence) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x{a="1"} 1 _ _ _ _ _ _ _

eval range from 0 to 7m step 1m absent(x)
  {} _ _ _ _ _ 1 1 1

eval instant at 0m absent(y{a="1", b=~"2", c!="3"})
  {a="1"} 1

eval instant at 0m absent(y{a="1", a="2"})
  {} 1

eval instant at 0m absent(sum(y{a="1"}))
  {} 1

eval instant at 7m absent_over_time(x{a="1"}[5m])
  {a="1"} 1

eval instant at 4m absent_over_time(x{a="1"}[5m])

eval instant at 0m scalar(x)
  1

eval instant at 0m scalar(y)
  NaN

eval range from 0 to 6m step 3m vector(scalar(x))
  {} 1 1 NaN
)"),
              IsEmpty());
}

TEST(VectorFunctionsTest, Times) {
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x@st -30s
  x    5

eval instant at 2m timestamp(x)
  {} 0

eval instant at 2m timestamp(x * 1)
  {} 120

eval instant at 2m start_timestamp(x)
  {} -30

eval instant at 2m start_timestamp(x * 1)

eval instant at 2m time()
  120
)"),
              IsEmpty());
}

// A server that does not use start timestamps does not show them either.
TEST(VectorFunctionsTest, StartTimestampsCanBeOff) {
  EngineOptions options = ScriptEngineOptions();
  options.use_start_timestamps = false;
  EXPECT_THAT(ScriptFailures(R"(
load 1m
  x@st -30s
  x    5

eval instant at 0m start_timestamp(x)
)",
                             options),
              IsEmpty());
}

}  // namespace
}  // namespace varve::promql
