// Series of a query's answer as messages of thanos.Query.
#pragma once

#include <proto/prometheus/types.pb.h>

#include "promql/engine/step_series.h"

namespace varve {

// Floats and histograms each in the order of time.
void ToProto(const promql::StepSeries& series, const promql::StepGrid& grid, prometheus_copy::TimeSeries& out);
void ToProto(const FloatHistogram& histogram, prometheus_copy::Histogram& out);

}  // namespace varve
