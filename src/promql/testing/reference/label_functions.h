// Functions that change labels or the order of elements.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <string>

#include "promql/ast.h"
#include "promql/testing/reference/reference_value.h"

namespace varve::promql::reference {

absl::StatusOr<Vector> LabelReplace(Vector vector, std::span<const std::string> texts);
absl::StatusOr<Vector> LabelJoin(Vector vector, std::span<const std::string> texts);

// sort, sort_desc, sort_by_label, sort_by_label_desc.
Vector Sorted(std::string_view function, Vector vector, std::span<const std::string> labels);

// The labels that a selector without any series would have had.
Labels LabelsOfAbsent(const Expr& expr);

}  // namespace varve::promql::reference
