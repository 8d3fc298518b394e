// Joins series that became equal when their metric names were dropped: -{__name__=~"a|b"}.
#pragma once

#include "promql/engine/operator.h"

namespace varve::promql {

enum class SameLabels {
  kMerge,   // into one series, if they have no step in common
  kRefuse,  // as Prometheus does for range functions, whatever their steps
};

// Reads the whole input before it yields. Only needed where metric names may differ.
OperatorPtr NewMergeSameLabelsOperator(QueryState& query, OperatorPtr input, SameLabels policy);

}  // namespace varve::promql
