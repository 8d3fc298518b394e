// x[5m] as the answer itself: samples as they were stored.
#pragma once

#include "promql/engine/query_result.h"
#include "promql/engine/query_state.h"

namespace varve::promql {

absl::StatusOr<std::vector<RawSeries>> SelectRaw(const Context& ctx, QueryState& query, const MatrixSelector& matrix);

}  // namespace varve::promql
