// x * (60 * 60) becomes x * (3600): operations on numbers are done before the query runs.
//
// Shape    the number stands where the operation stood, so that annotations name the same place, and is made by the kernel that
//          would have made it at every step, so that it is the same to the last bit, NaN included.
#pragma once

#include "promql/ast.h"

namespace varve::promql {

// How many operations are gone from `expr`.
int FoldConstants(ExprPtr& expr);

}  // namespace varve::promql
