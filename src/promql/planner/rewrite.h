// The step between Resolve and PlanBuilder: a query is replaced by one that says the same and costs less.
//
//   text -> ParseExpr -> Resolve -> Rewrite -> PlanBuilder -> operators
//
// Shape    a new rewrite is a pair of files here, a line in the table of optimization.cc and a line in Rewrite. What only the
//          choice of operators or the hints to sources depend on is PlanBuilder's, switched by the same table.
#pragma once

#include "promql/ast.h"
#include "promql/planner/optimization.h"

namespace varve::promql {

// `expr`, which is resolved, after the `enabled` rewrites; what they found is counted in `fired`.
ExprPtr Rewrite(ExprPtr expr, const OptimizationSet& enabled, OptimizationCounts& fired);

}  // namespace varve::promql
