#include "promql/planner/rewrite.h"

#include "promql/planner/constant_folding.h"
#include "promql/planner/matcher_propagation.h"

namespace varve::promql {

ExprPtr Rewrite(ExprPtr expr, const RewriteOptions& options, OptimizationCounts& fired) {
  const OptimizationSet& enabled = options.enabled;
  if (enabled.Has(Optimization::kConstantFolding)) fired.Add(Optimization::kConstantFolding, FoldConstants(expr));
  // With labels of type and unit, series of one name may differ in labels that go with the name.
  if (enabled.Has(Optimization::kMatcherPropagation) && !options.type_and_unit_labels) {
    fired.Add(Optimization::kMatcherPropagation, PropagateMatchers(*expr, options.hidden_labels));
  }
  return expr;
}

}  // namespace varve::promql
