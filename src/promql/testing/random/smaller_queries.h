// What to try when a query shall become smaller and still show what it shows.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <string>
#include <vector>

#include "promql/parser.h"
#include "promql/testing/promqltest.h"

namespace varve::promql {

// Queries with one thing less: a part of the expression in place of the whole, a modifier, matching or grouping dropped, a
// selector narrowed to one of `series`, fewer steps. None if the text does not parse.
std::vector<PromqlTestQuery> SmallerQueries(const PromqlTestQuery& query, const ParserOptions& parser,
                                            const std::vector<Labels>& series);

// The smallest query that can be reached from `query` in such steps, all of which `still_shows`.
PromqlTestQuery Shrink(PromqlTestQuery query, const ParserOptions& parser, const std::vector<Labels>& series,
                       const std::function<bool(const PromqlTestQuery&)>& still_shows);

}  // namespace varve::promql
