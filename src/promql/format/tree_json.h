// The tree as the JSON that /api/v1/parse_query answers and the tree view of the UI draws.
//
// Shape    one object a node with its `type`, keys in alphabetical order; durations in milliseconds. A fill value that JSON
//          has no number for (NaN, Inf) is null.
// Source   prometheus web/api/v1/translate_ast.go.
#pragma once

#include "base/json_writer.h"
#include "promql/ast.h"

namespace varve::promql {

void WriteTree(JsonWriter& json, const Expr& expr);

}  // namespace varve::promql
