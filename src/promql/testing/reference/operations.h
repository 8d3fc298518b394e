// The binary operators on two values.
#pragma once

#include <optional>

#include "promql/ast.h"
#include "promql/testing/reference/reference_value.h"

namespace varve::promql::reference {

// Comparisons answer 1 or 0.
double Calculate(BinaryOp op, double lhs, double rhs);

// Comparisons answer `lhs` if they hold. Nothing if they do not, or for operands that do not go together.
struct Outcome {
  bool defined = false;  // the operands go together
  std::optional<Value> value;
};
Outcome Calculate(BinaryOp op, const Value& lhs, const Value& rhs);

}  // namespace varve::promql::reference
