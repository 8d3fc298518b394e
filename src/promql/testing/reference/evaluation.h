// One query being evaluated: the tree from top to bottom, at one moment after the other.
#pragma once

#include <absl/status/statusor.h>

#include "promql/ast.h"
#include "promql/testing/random/random_series.h"
#include "promql/testing/reference/reference_value.h"

namespace varve::promql::reference {

inline constexpr int64_t kLookbackMs = 300'000;
inline constexpr int64_t kDefaultSubqueryStepMs = 60'000;

class Evaluation {
 public:
  struct Times {
    TimestampMs start = 0, end = 0;
    int64_t step_ms = 0;  // 0: an instant query
  };

  Evaluation(const SeriesMap& series, Times times) : series_(series), times_(times) {}

  absl::StatusOr<double> Scalar(const Expr& expr, TimestampMs time) const;
  absl::StatusOr<Vector> InstantVector(const Expr& expr, TimestampMs time) const;  // no two elements with the same labels
  absl::StatusOr<Matrix> RangeVector(const Expr& expr, TimestampMs time) const;

 private:
  // evaluation_selectors.cc
  absl::StatusOr<TimestampMs> Moment(const TimeShift& shift, TimestampMs time) const;
  absl::StatusOr<int64_t> Length(QueryDuration plain, const std::unique_ptr<DurationExpr>& expr, bool positive) const;
  absl::StatusOr<double> Seconds(const Expr& expr) const;
  absl::StatusOr<Vector> Select(const VectorSelector& selector, TimestampMs time) const;
  absl::StatusOr<Vector> Smooth(const VectorSelector& selector, TimestampMs moment) const;
  absl::StatusOr<Matrix> SelectRange(const MatrixSelector& selector, TimestampMs time) const;
  absl::StatusOr<Matrix> RunSubquery(const SubqueryExpr& subquery, TimestampMs time) const;

  // evaluation_calls.cc
  absl::StatusOr<Vector> CallFunction(const Call& call, TimestampMs time) const;
  absl::StatusOr<double> CallScalar(const Call& call, TimestampMs time) const;
  absl::StatusOr<Vector> OverWindows(const Call& call, TimestampMs time) const;
  absl::StatusOr<Vector> Timestamps(const Call& call, TimestampMs time) const;
  absl::StatusOr<Vector> OfVector(const Call& call, TimestampMs time) const;
  absl::StatusOr<Vector> OfHistograms(const Call& call, TimestampMs time) const;  // evaluation_histograms.cc
  absl::StatusOr<Vector> Info(const Call& call, TimestampMs time) const;
  absl::StatusOr<Labels> WithInfo(const Element& element, TimestampMs moment, const Matchers& wanted, bool& keep) const;

  // evaluation_aggregations.cc, evaluation_binary.cc
  absl::StatusOr<Vector> Aggregate(const AggregateExpr& aggregate, TimestampMs time) const;
  absl::StatusOr<Vector> Combine(const BinaryExpr& binary, TimestampMs time) const;

  const SeriesMap& series_;
  const Times times_;
};

// Fails if two elements have the same labels.
absl::Status CheckDistinct(const Vector& vector);

}  // namespace varve::promql::reference
