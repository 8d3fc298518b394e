// The step between Resolve and PlanBuilder: a query is replaced by one that says the same and costs less.
//
//   text -> ParseExpr -> Resolve -> Rewrite -> PlanBuilder -> operators
//
// Shape    a new rewrite is a pair of files here, a line in the table of optimization.cc and a line in Rewrite. What only the
//          choice of operators or the hints to sources depend on is PlanBuilder's, switched by the same table.
#pragma once

#include <span>
#include <string>

#include "promql/ast.h"
#include "promql/planner/optimization.h"

namespace varve::promql {

struct RewriteOptions {
  OptimizationSet enabled;
  bool type_and_unit_labels = false;
  std::span<const std::string> hidden_labels;  // see QueryOptions
};

// `expr`, which is resolved, after the rewrites that are enabled; what they found is counted in `fired`.
ExprPtr Rewrite(ExprPtr expr, const RewriteOptions& options, OptimizationCounts& fired);

}  // namespace varve::promql
