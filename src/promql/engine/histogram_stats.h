// Histograms of which a query needs only count and sum.
//
// Source   prometheus promql/histogram_stats_iterator.go, and detectHistogramStatsDecoding in engine.go.
#pragma once

#include "model/sample.h"

namespace varve::promql {

// Takes the buckets off. What they say about counter resets is put into the hints first, but for the first histogram, whose
// predecessor is not known.
void KeepHistogramStats(HistogramColumns& histograms);

}  // namespace varve::promql
