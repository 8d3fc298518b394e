// Range functions over windows of downsampled samples, and of raw and downsampled ones together.
//
//   sum, count     what lies in the window, and of a downsampled window that lies in it in part the same part
//   avg            sum / count
//   min, max       of all that the window touches
//   increase       T(end) - T(start), where T is the counter's total: known at every raw sample and at the end of every downsampled
//                  window, a straight line within one, and flat elsewhere. Where the data before the start are older than a
//                  window (or 5 m), T(start) is the first total behind. rate is the increase per second of the range.
//
// Shape    a window that begins and ends with windows of the resolution has exactly the value that all raw samples give. An edge on
//          the first millisecond of a downsampled window counts as the edge of that window: PromQL's windows are open to the left
//          and closed to the right, those of downsampling the other way round.
// Bounds   increase over any window differs from that of all raw samples (from the last one at or before the start to the last one at
//          or before the end) by no more than the larger of what the counter rose in the two downsampled windows at the edges.
// Threads  immutable.
// Source   docs/decisions/0008-mixed-resolutions.md.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "model/sample.h"
#include "storage/window_aggregates.h"
#include "store/mixed_units.h"

namespace varve {

// The functions that are computed here.
enum class WindowFunction : uint8_t { kSum, kCount, kAverage, kMin, kMax, kIncrease, kRate };
std::optional<WindowFunction> WindowFunctionOf(std::string_view name);

// `values` are what `function` is computed of: sums, counts, minima, maxima or a counter's totals, one a downsampled window (at its
// end) or raw sample; for kAverage the sums, with `counts` at the same times.
std::unique_ptr<const WindowAggregates> NewWindowValues(WindowFunction function, FloatColumns values, FloatColumns counts,
                                                        const ResolutionMap& resolutions);
// For other functions: only says how coarse data are.
std::unique_ptr<const WindowAggregates> NewResolutionOnly(const ResolutionMap& resolutions);

}  // namespace varve
