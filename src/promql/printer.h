// Writes a query tree as PromQL text.
//
// Source   prometheus promql/parser/{printer.go,prettier.go}, byte for byte.
#pragma once

#include <string>

#include "promql/ast.h"

namespace varve::promql {

// On one line, in the normal form; parsing it gives the same tree.
std::string ToString(const Expr& expr);

// Indented by two spaces a level, lines up to 100 columns where the tree allows, as /api/v1/format_query answers.
std::string Prettify(const Expr& expr);

}  // namespace varve::promql
