// The places in a tree where another expression could stand.
#pragma once

#include <vector>

#include "promql/ast.h"

namespace varve::promql {

// The owners of `root` and of all expressions below it, parents first. Not of the selector within a range selector.
std::vector<ExprPtr*> ExprSlots(ExprPtr& root);

}  // namespace varve::promql
