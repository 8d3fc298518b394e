// Finds what is wrong with a query whose syntax is right: types of operands and arguments, modifiers that do not apply.
//
// Shape    also completes the tree: set operations become many-to-many, matching is dropped where a side is no vector.
// Source   prometheus promql/parser/parse.go, checkAST.
#pragma once

#include <absl/status/status.h>

#include "promql/ast.h"
#include "promql/token_stream.h"

namespace varve::promql {

// Fails with the first mistake, noted in `tokens`.
absl::Status CheckTypes(Expr& expr, TokenStream& tokens);

}  // namespace varve::promql
