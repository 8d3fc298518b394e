// info(x, {data="..."}): adds the labels of info metrics (target_info) of the same job and instance to the series of x.
//
// Shape    of several info series of one name and target the one with the latest sample counts, step by step; a series of x may
//          thus become several, each with its own steps. Info metrics among x stay as they are.
// Errors   FailedPrecondition if two info series are equally recent, or disagree about a label.
// Source   prometheus promql/info.go.
#pragma once

#include "model/matcher.h"
#include "promql/engine/operator.h"
#include "promql/engine/series_reader.h"

namespace varve::promql {

// `selector`: the matchers of the second argument, if there is one. `time` says when info series are looked at.
OperatorPtr NewInfoOperator(QueryState& query, OperatorPtr input, std::optional<Matchers> selector, SelectorTime time,
                            SampleTally& tally);

// The time of the first selector in `expr`, with the subqueries around it.
SelectorTime InfoTime(const Expr& expr);

}  // namespace varve::promql
