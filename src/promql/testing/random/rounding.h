// Which answers may differ in their last digits, and by how much.
//
// Most of PromQL is defined to the bit. Where it is not (sums in another order or with another compensation, the last digit of
// sin), answers may be a relative 1e-12 apart; and where a query amplifies what it is not defined to (avg(x) - avg(x), or
// avg(x) == 3), no more than it amplifies noise of that size in the samples.
#pragma once

#include <memory>

#include "promql/ast.h"
#include "promql/parser.h"
#include "storage/series_source.h"

namespace varve::promql {

// True if some part of the expression is not defined to the bit.
bool MayRound(const Expr& expr);

// `expr` with a little noise added to each such part, another at each step.
ExprPtr WithNoise(const Expr& expr, uint64_t seed, const ParserOptions& parser);

// `source` with the values of each series multiplied by a factor of its own next to 1. `source` outlives the answer.
std::unique_ptr<SeriesSource> NewNoisySource(SeriesSource& source, uint64_t seed);

}  // namespace varve::promql
