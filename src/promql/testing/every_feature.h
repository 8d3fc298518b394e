// The language with all that Prometheus keeps behind feature flags, for tests: scripts may use every experiment.
#pragma once

#include "promql/parser.h"

namespace varve::promql {

inline constexpr ParserOptions kEveryFeature = {.enable_experimental_functions = true,
                                                .enable_duration_expr = true,
                                                .enable_extended_range_selectors = true,
                                                .enable_binop_fill_modifiers = true};

}  // namespace varve::promql
