// Samples as range vectors have them.
#pragma once

#include "model/sample.h"

namespace varve::promql {

// Takes out the stale markers.
void RemoveStale(SeriesSamples& samples);

}  // namespace varve::promql
