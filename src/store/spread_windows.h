// Downsampled samples for functions that look at samples.
//
// Shape    a sample of a window stands at the window's end, also where its chunk has the time of the last raw sample, and at its
//          beginning if the window before is missing. One of a window wider
//          than `spacing_ms` becomes several of equal distance, so that whoever looks back that far finds one wherever there are
//          data. Without `interpolate` they have the window's value, with it they are on the line from the sample before (if
//          that is of the window before). Nothing is done without a spacing.
#pragma once

#include <cstdint>

#include "model/sample.h"
#include "store/mixed_units.h"

namespace varve {

void SpreadWindows(const ResolutionMap& resolutions, int64_t spacing_ms, bool interpolate, FloatColumns& samples);

}  // namespace varve
