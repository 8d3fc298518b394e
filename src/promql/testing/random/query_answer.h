// The answer to a query in a form that every engine's answer can be brought into: what the HTTP API shows of it.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "promql/engine/query_result.h"

namespace varve::promql {

struct AnswerPoint {
  TimestampMs time = 0;
  double value = 0;
  // Of a histogram: count and sum, then boundary rule, lower and upper bound and count of each bucket that is not empty.
  std::vector<double> histogram;

  bool is_histogram() const { return !histogram.empty(); }
  double weight() const { return is_histogram() ? histogram[0] : value; }
};

struct AnswerSeries {
  Labels labels;
  std::vector<AnswerPoint> points;  // ascending in time
};

struct QueryAnswer {
  absl::Status status;  // why the query failed; InvalidArgument if it was not even tried
  ValueType type = ValueType::kVector;
  std::vector<AnswerSeries> series;  // in the order of the answer
  std::string text;
  std::vector<std::string> warnings, infos;
};

QueryAnswer ToAnswer(const absl::StatusOr<QueryResult>& result);
std::vector<double> HistogramNumbers(const FloatHistogram& histogram);

// A few lines for people.
std::string ToString(const QueryAnswer& answer);

}  // namespace varve::promql
