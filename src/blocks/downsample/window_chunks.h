// Windows as chunks of aggregates.
//
// Shape    a chunk holds up to kWindowsPerChunk windows, as equal in number as can be, and none that are two hours apart: what is
//          made of a block that is missing has its place between chunks. A window's aggregates are stamped with its last
//          millisecond, but never behind `end`. The chunk begins at its first sample.
//
//            floats        count, sum, min, max: a value a window
//                          counter: the first sample, the running total at the end of each window, and at the first sample behind
//                          windows that are missing; the last value
//            histograms    count; sum, a gauge; counter: the last histogram of each window; no min, no max
//
//          A window of histograms that ended early is stamped with its last sample. A reset or a change of layout begins a chunk.
// Source   thanos pkg/compact/downsample/downsample.go; docs/formats/chunks.md.
#pragma once

#include <span>
#include <vector>

#include "blocks/downsample/float_windows.h"
#include "blocks/downsample/histogram_windows.h"
#include "tsdb/encode_samples.h"

namespace varve {

inline constexpr size_t kWindowsPerChunk = 140;  // at which Thanos aims, too

// Append to `out`. `end` is not before the last sample.
void EncodeFloatWindows(std::span<const FloatWindow> windows, int64_t resolution_ms, TimestampMs end,
                        std::vector<OwnedChunk>& out);
void EncodeHistogramWindows(std::span<const HistogramWindow> windows, int64_t resolution_ms, TimestampMs end,
                            std::vector<OwnedChunk>& out);

}  // namespace varve
