// Reads PromQL text: queries, selectors (match[] parameters) and label sets.
//
//   VARVE_ASSIGN_OR_RETURN(const ExprPtr expr, ParseExpr("rate(requests_total[5m])", {}));
//
// Errors   InvalidArgument with the text Prometheus answers: `1:8: parse error: unexpected "}" in ...`. Of several errors the
//          first one counts.
// Threads  free functions without state.
// Source   prometheus promql/parser/{lex.go,generated_parser.y,parse.go}.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

#include "model/labels.h"
#include "model/matcher.h"
#include "promql/ast.h"
#include "promql/position.h"

namespace varve::promql {

// Syntax that Prometheus keeps behind --enable-feature, and our own bound.
struct ParserOptions {
  bool enable_experimental_functions = false;    // promql-experimental-functions
  bool enable_duration_expr = false;             // promql-duration-expr
  bool enable_extended_range_selectors = false;  // promql-extended-range-selectors: anchored, smoothed
  bool enable_binop_fill_modifiers = false;      // promql-binop-fill-modifiers: fill(), fill_left(), fill_right()
  int depth_max = 1000;  // levels of a tree; deeper ones are refused, so that nobody runs out of stack over them
};

struct ParseError {
  PositionRange position;
  std::string message;
};

// `error`, if given, receives what the status says in parts.
absl::StatusOr<ExprPtr> ParseExpr(std::string_view query, const ParserOptions& options = {}, ParseError* error = nullptr);

// A selector without modifiers: up{job="x"}, {"utf8.name", a!~"b"}. Unlike in a query it may match everything.
absl::StatusOr<Matchers> ParseMetricSelector(std::string_view text);

// One series: up{job="x"}.
absl::StatusOr<Labels> ParseMetric(std::string_view text);

}  // namespace varve::promql
