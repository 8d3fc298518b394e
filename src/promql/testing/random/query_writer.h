// Writes random expressions of a wanted type. `depth` bounds how deep they nest.
//
// Threads  one at a time.
#pragma once

#include <string>
#include <string_view>

#include "base/time_range.h"
#include "promql/testing/random/random.h"
#include "promql/testing/random/random_query.h"

namespace varve::promql {

// In the classic dialect all times and steps are multiples of this, and the ranges of subqueries are not: no step falls on the
// edge of a window, which is closed in 2.42 and open in 3.x (3.0: "range selectors are left-open").
inline constexpr int64_t kQueryGridMs = 10'000;

class QueryWriter {
 public:
  QueryWriter(Random& random, QueryDialect dialect, TimestampMs data_start)
      : random_(random), modern_(dialect == QueryDialect::kModern), data_start_(data_start) {}

  std::string Vector(int depth);
  std::string OfNativeHistogram(int depth);  // in the classic dialect to be asked as it is
  std::string Scalar(int depth);
  std::string Matrix(int depth);
  std::string Invalid();  // does not parse, or not for long
  TimestampMs Time();     // one at which there may be data

 private:
  // Selectors.
  std::string Metric();
  std::string FloatMetric();
  std::string CounterMetric();
  std::string HistogramMetric();
  std::string Matchers();
  std::string Selector(std::string_view metric);
  std::string Window(std::string_view metric);  // a range selector
  std::string Shift();                          // offset and @
  std::string Duration(int64_t unit_ms, int64_t units_max);
  std::string WindowLength();
  std::string Subquery(int depth);

  // Functions.
  std::string OverTime(int depth);
  std::string Math(int depth);
  std::string Labelled(int depth);
  std::string Unmixed(int depth);
  std::string Special(int depth);
  std::string Timestamp(const std::string& input);
  std::string OfHistogram(int depth);
  std::string OfClassicHistogram(int depth);
  std::string Number();
  std::string Quantile();
  std::string Parameter(int depth);

  // Operators.
  std::string Aggregation(int depth);
  std::string Ranked();
  std::string Binary(int depth);
  std::string Matching(bool set_operation);
  std::string Arithmetic();
  std::string Comparison();
  std::string LabelList();
  std::string AnyLabel();

  std::string Distinct();  // values of which no two are the same
  std::string Finite();    // values without NaN and infinities

  Random& random_;
  const bool modern_;
  const TimestampMs data_start_;
};

}  // namespace varve::promql
