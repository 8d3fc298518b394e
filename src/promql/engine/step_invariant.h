// Evaluates its input once and yields the same values at every step: metric @ 1609746000, and all that is made of such parts.
#pragma once

#include "promql/engine/operator.h"

namespace varve::promql {

// `input` has one step.
OperatorPtr NewStepInvariantOperator(QueryState& query, const StepGrid& grid, OperatorPtr input);

}  // namespace varve::promql
