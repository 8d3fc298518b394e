// Which parts of a query have the same value at every step, because all they read is pinned with @.
//
// Source   prometheus promql/engine.go, preprocessExprHelper.
#pragma once

#include <absl/container/flat_hash_map.h>

#include "promql/ast.h"

namespace varve::promql {

class StepInvariance {
 public:
  // `root` is resolved and outlives this.
  explicit StepInvariance(const Expr& root) { Visit(root); }

  // True if `expr` should be evaluated once and repeated. Not for literals (which cost nothing) and range vectors (whose
  // function sees to it).
  bool ShouldEvaluateOnce(const Expr& expr) const { return once_.at(&expr); }

 private:
  bool Visit(const Expr& expr);  // true if it has the same value at every step
  bool VisitCall(const Call& call);

  absl::flat_hash_map<const Expr*, bool> once_;
};

}  // namespace varve::promql
