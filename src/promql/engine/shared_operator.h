// A part of a query that stands in it several times is computed once: the first operator that is asked for its series keeps them,
// the others yield them again, with the annotations where their own part of the query is.
//
// Memory   what is kept counts as held by the query. No more than a part of its limits is kept; past that the others compute
//          for themselves, as they do when they are asked before the first one is through.
#pragma once

#include <memory>

#include "promql/engine/operator.h"

namespace varve::promql {

class SharedSeries;

// `number` names the part in explain.
std::shared_ptr<SharedSeries> NewSharedSeries(size_t number);

// `input` computes the part. `shift` is how far to the right the part is of the first of its kind. `one_series`: it is a scalar,
// whose end is not asked for. `tally` is that of the input.
OperatorPtr NewSharedOperator(QueryState& query, OperatorPtr input, std::shared_ptr<SharedSeries> shared, int shift,
                              bool one_series, SampleTally& tally);

}  // namespace varve::promql
