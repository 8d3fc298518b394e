// Work on one series at a time that needs no other series: abs(x), -x, x * 2, clamp(x, 0, y). Such work runs where the series is
// made: in the workers of a scan if there is one below, otherwise as the series passes.
//
// Threads  Prepare once, on the thread of the query; then Apply from any thread.
#pragma once

#include <memory>
#include <string>

#include "promql/engine/operator.h"

namespace varve::promql {

class SeriesTransform {
 public:
  virtual ~SeriesTransform() = default;
  // Evaluates scalar arguments.
  virtual absl::Status Prepare(const Context& ctx) { return absl::OkStatus(); }
  // Changes `series`; one that ends up without samples is left out.
  virtual absl::Status Apply(StepSeries& series, Annotations& annotations) const = 0;
  virtual std::string Describe() const = 0;
};

using SeriesTransformPtr = std::unique_ptr<SeriesTransform>;

// The series of `input`, each changed by `transform`.
OperatorPtr Transform(QueryState& query, OperatorPtr input, SeriesTransformPtr transform);

}  // namespace varve::promql
