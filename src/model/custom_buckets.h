// Histograms with custom buckets whose bounds differ: both are looked at through the bounds they share.
// Source: prometheus model/histogram/float_histogram.go, addCustomBucketsWithMismatches and
// detectResetWithMismatchedCustomBounds.
#pragma once

#include <vector>

#include "model/histogram.h"

namespace varve {

std::vector<double> SharedBounds(const std::vector<double>& a, const std::vector<double>& b);

// Moves the buckets of `result` (and its compensation, if any) to the bounds it shares with `other`, and adds `sign` times those
// of `other`. Buckets left empty are dropped.
void AddAtSharedBounds(FloatHistogram& result, FloatHistogram* compensation, const FloatHistogram& other, double sign);

// True if between two shared bounds `current` counts less than `previous`.
bool DecreasedAtSharedBounds(const FloatHistogram& current, const FloatHistogram& previous);

}  // namespace varve
