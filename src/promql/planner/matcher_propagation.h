// What one side of an operation is asked for holds for the other, too, where only equal labels meet:
//
//   x{job="a"} / y                              reads   y{job="a"}
//   x and on(job) sum by (job) (z{job=~"a|b"})  reads   x{job=~"a|b"}
//   x unless y{job="a"}                         stays: x{job="b"} is part of the answer
//
// Shape    a matcher moves if its label is one that both sides are matched by and still says what it said when the series were
//          selected. An absent label and an empty one are the same to matchers and to joins, so that {job=""} moves like any
//          other. It moves only to where nothing but series without a partner are lost by it:
//            * not to a side that a fill value completes, not to either side of `or`, nor from the right of `unless`;
//            * not past functions and aggregations that may have something to say about the series that are lost;
//            * not if the side that must be unique might not be, since Prometheus complains of that as long as the other side
//              has series, whether they match or not.
#pragma once

#include <span>
#include <string>

#include "promql/ast.h"

namespace varve::promql {

// How many matchers were added to selectors of `expr`. Matchers on `hidden_labels` stay where they are: these labels are taken off
// series once they are selected, as replica labels are, so that they say nothing about what meets.
int PropagateMatchers(Expr& expr, std::span<const std::string> hidden_labels);

}  // namespace varve::promql
