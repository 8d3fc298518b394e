// limit_ratio(r, x): about a share r of the series, always the same ones: those whose hash is below r (or, if r is negative, the
// others: limit_ratio(0.2, x) and limit_ratio(-0.8, x) are all of x).
//
// Source   prometheus promql/engine.go, HashRatioSampler. The hash is that of Prometheus, so the same series are picked.
#pragma once

#include "promql/engine/series_transform.h"

namespace varve::promql {

SeriesTransformPtr NewLimitRatio(QueryState& query, PositionRange param_position, OperatorPtr ratio);

}  // namespace varve::promql
