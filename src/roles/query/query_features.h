// --enable-feature: what Prometheus keeps behind feature flags, under its names.
//
//   promql-experimental-functions, promql-extended-range-selectors, promql-binop-fill-modifiers, promql-delayed-name-removal,
//   promql-per-step-stats, type-and-unit-labels, use-start-timestamps
//
// Shape    what has become part of the language (promql-at-modifier, promql-negative-offset, promql-duration-expr) or is Thanos' own
//          and gone (query-pushdown) may be named, and is without effect.
// Errors   InvalidArgument for a name that does not exist; the message lists those that do.
// Source   prometheus cmd/prometheus/main.go, setFeatureListOptions; thanos cmd/thanos/query.go.
#pragma once

#include <absl/status/statusor.h>

#include <span>
#include <string>

#include "promql/parser.h"

namespace varve {

struct QueryFeatures {
  promql::ParserOptions parser = {.enable_duration_expr = true};  // as Prometheus since 3.14
  bool delayed_name_removal = false;
  bool type_and_unit_labels = false;
  bool use_start_timestamps = false;
  bool per_step_stats = false;
};

// `names`: of the flag's uses, each of which may be a comma list.
absl::StatusOr<QueryFeatures> ParseQueryFeatures(std::span<const std::string> names);

}  // namespace varve
