// The changes of counters and gauges within windows, extrapolated to the ends of these windows, many at a time: what Extrapolation
// (promql/functions/extrapolation.h) does for one of them, to the bit, without its branches.
//
//   WindowChanges changes;
//   changes.Add(step, {.change = 9, .sampled_ms = 45'000, .to_start_ms = 10'000, .to_end_ms = 5'000, .gaps = 3});
//   changes.Extrapolate(divisor, [&](size_t step, double value) { ... });
//
// Threads  one at a time.
// Source   prometheus promql/functions.go, extrapolatedRate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace varve::promql {

// Between the outer samples of a window, which holds two at least.
struct WindowChange {
  double change = 0;
  double first_value = -1;  // of a counter, which was zero or more; negative for a gauge
  int64_t sampled_ms = 0;   // from the first sample to the last
  int64_t to_start_ms = 0;  // from the window's start to the first sample
  int64_t to_end_ms = 0;    // from the last sample to the window's end
  size_t gaps = 1;          // samples - 1
};

class WindowChanges {
 public:
  static constexpr size_t kMax = 64;

  bool full() const { return size_ == kMax; }

  void Add(size_t step, const WindowChange& window) {
    steps_[size_] = step;
    columns_.change[size_] = window.change;
    columns_.first_value[size_] = window.first_value;
    columns_.sampled_ms[size_] = static_cast<double>(window.sampled_ms);
    columns_.to_start_ms[size_] = static_cast<double>(window.to_start_ms);
    columns_.to_end_ms[size_] = static_cast<double>(window.to_end_ms);
    columns_.gaps[size_] = static_cast<double>(window.gaps);
    ++size_;
  }

  // Calls visit(step, value) for the windows there are, and forgets them. A value is the change within the whole window, by `divisor`.
  template <typename Visit>
  void Extrapolate(double divisor, const Visit& visit) {
    std::array<double, kMax> values;
    ExtrapolateColumns(columns_, size_, divisor, values.data());
    for (size_t i = 0; i < size_; ++i) visit(steps_[i], values[i]);
    size_ = 0;
  }

 private:
  struct alignas(64) Columns {
    double change[kMax], first_value[kMax], sampled_ms[kMax], to_start_ms[kMax], to_end_ms[kMax], gaps[kMax];
  };
  static void ExtrapolateColumns(const Columns& columns, size_t size, double divisor, double* values);

  std::array<size_t, kMax> steps_;
  Columns columns_;
  size_t size_ = 0;
};

}  // namespace varve::promql
