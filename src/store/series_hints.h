// What a Series call cost a store, as it travels behind the series: hintspb.SeriesResponseHints packed into an Any.
//
// Shape    Thanos' fields, and one of Varve's own with what object storage was asked for, which others skip. A querier passes on
//          what it hears, so costs add up through any number of queriers.
// Errors   hints of a kind we do not know, or damaged ones, are nothing: no answer depends on them.
// Source   proto/thanos/hints.proto; thanos pkg/store/hintspb.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "store/store_api.h"

namespace varve {

std::string HintsToWire(const SeriesStats& stats);
std::optional<SeriesStats> HintsFromWire(Bytes any);

}  // namespace varve
