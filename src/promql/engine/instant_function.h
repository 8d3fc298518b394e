// abs(x), clamp(x, 0, 1), -x: functions of one series.
#pragma once

#include <vector>

#include "promql/engine/series_transform.h"
#include "promql/functions/function.h"

namespace varve::promql {

SeriesTransformPtr NewInstantFunction(const FunctionImpl& function, FunctionCall call, std::vector<OperatorPtr> scalars,
                                      bool delayed_name_removal);
SeriesTransformPtr NewNegation(bool delayed_name_removal);

}  // namespace varve::promql
