// The pieces of a printed expression that both printers write; nothing else includes this.
#pragma once

#include <string>

#include "promql/ast.h"

namespace varve::promql {

void AppendAggregateHead(std::string& out, const AggregateExpr& aggregate);  // sum by (job)
void AppendOperator(std::string& out, const BinaryExpr& binary);             // == bool on (job) group_left ()
void AppendSubquerySuffix(std::string& out, const SubqueryExpr& subquery);   // [1h:5m] @ end() offset 5m

}  // namespace varve::promql
