#include "promql/planner/rewrite.h"

#include "promql/planner/constant_folding.h"

namespace varve::promql {

ExprPtr Rewrite(ExprPtr expr, const OptimizationSet& enabled, OptimizationCounts& fired) {
  if (enabled.Has(Optimization::kConstantFolding)) fired.Add(Optimization::kConstantFolding, FoldConstants(expr));
  return expr;
}

}  // namespace varve::promql
