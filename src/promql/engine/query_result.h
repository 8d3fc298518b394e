// The answer to a query.
//
//   type      series                                        others
//   kScalar   one, without labels, one step
//   kVector   one step                                      an instant query; in the order the query asked for (sort, topk)
//   kMatrix   one value for each step of `grid` at most     range queries and expr[1h:1m], sorted by labels
//   kMatrix   none                                          `raw`: x[5m], samples at the times at which they were taken
//   kString   none                                          `text`
//
// Shape    series-major: an encoder writes series by series, with the time of a value from `grid` and its presence bitmap.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "model/sample.h"
#include "promql/ast.h"
#include "promql/engine/sample_tally.h"
#include "promql/engine/step_series.h"
#include "promql/planner/optimization.h"

namespace varve::promql {

struct RawSeries {
  Labels labels;
  SeriesSamples samples;
};

struct OperatorStats {
  int depth = 0;  // in the tree; parents come before their inputs
  std::string description;
  std::chrono::nanoseconds elapsed{0};  // with its inputs
  int64_t series = 0;                   // yielded
  int64_t samples = 0, bytes = 0;       // likewise, if QueryOptions::measure_operators
  int64_t samples_read = 0;             // decoded by this one
};

struct QueryStats {
  SampleCounts samples;                       // Prometheus' totalQueryableSamples and samplesRead
  std::vector<SampleCounts> samples_by_step;  // likewise, of `grid`, if QueryOptions::count_by_step
  int64_t samples_decoded = 0;
  int64_t samples_peak = 0;  // held at a time
  int64_t bytes_peak = 0;
  std::chrono::nanoseconds prepare{0}, evaluate{0}, sort{0};
  std::vector<OperatorStats> operators;
  OptimizationCounts fired;
};

struct QueryResult {
  ValueType type = ValueType::kVector;
  StepGrid grid;
  std::vector<StepSeries> series;
  std::vector<RawSeries> raw;
  std::string text;
  std::vector<std::string> warnings, infos;  // with positions in the text of the query
  QueryStats stats;
};

}  // namespace varve::promql
