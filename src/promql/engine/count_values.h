// count_values("label", x): how many series of a group have which value; the value becomes a label.
//
// Memory   O(output).
#pragma once

#include <string>

#include "promql/engine/aggregate_operator.h"

namespace varve::promql {

// FailedPrecondition if `label` is no label name.
absl::StatusOr<OperatorPtr> NewCountValuesOperator(QueryState& query, std::vector<std::string> grouping_names, bool without,
                                                   std::string label, OperatorPtr input);

}  // namespace varve::promql
