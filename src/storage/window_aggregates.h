// What a series can say about windows of time when some of its samples stand for many: downsampled data.
//
// Shape    a range function that has an aggregate of its own (sum, count, avg, min and max_over_time, increase, rate) is computed from
//          the aggregates, window by window; those windows that hold nothing but raw samples are left to the engine.
// Threads  immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time_range.h"

namespace varve {

// Window i is (first_end + i * step_ms - range_ms, first_end + i * step_ms].
struct WindowGrid {
  TimestampMs first_end = 0;
  int64_t step_ms = 0;
  size_t count = 0;
  int64_t range_ms = 0;

  TimestampMs End(size_t i) const { return first_end + static_cast<int64_t>(i) * step_ms; }
  TimestampMs Start(size_t i) const { return End(i) - range_ms; }
};

struct WindowValue {
  size_t window = 0;  // of the grid
  double value = 0;
};

class WindowAggregates {
 public:
  virtual ~WindowAggregates() = default;
  // The values of the windows that touch downsampled data, ascending. None for a function without an aggregate of its own: its
  // samples are those of Series::Read.
  virtual std::vector<WindowValue> Evaluate(std::string_view function, const WindowGrid& grid) const = 0;
  // The widest window that one sample stands for.
  virtual int64_t coarsest_ms() const = 0;
};

}  // namespace varve
