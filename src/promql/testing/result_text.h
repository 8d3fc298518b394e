// An answer of the engine as text that is the same only if the answers are the same bit by bit, order and texts included.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "promql/engine/query_result.h"

namespace varve::promql {

std::string ExactText(const absl::StatusOr<QueryResult>& result);

// The same, but for warnings and infos.
std::string ExactTextOfValues(const absl::StatusOr<QueryResult>& result);

}  // namespace varve::promql
