// How far beyond its samples a window's change reaches: to the window's ends when the outer samples are near enough to them,
// otherwise by half the average distance between samples.
//
// Source   prometheus promql/functions.go, extrapolatedRate.
#pragma once

#include "promql/duration_seconds.h"
#include "promql/functions/function.h"

namespace varve::promql {

class Extrapolation {
 public:
  Extrapolation(const RangeCall& call, size_t step, TimestampMs first, TimestampMs last, size_t samples)
      : call_(call),
        range_start_(call.RangeStart(step)),
        first_(first),
        last_(last),
        sampled_(Seconds(last - first)),
        average_(samples > 1 ? sampled_ / static_cast<double>(samples - 1) : 0),
        to_start_(Seconds(first - range_start_)),
        to_end_(Seconds(call.RangeEnd(step) - last)) {
    const double near = average_ * 1.1;
    if (to_start_ >= near) to_start_ = average_ / 2;
    if (to_end_ >= near) to_end_ = average_ / 2;
  }

  // True if the series is known to have started from zero within the window, at `start_time`. There is then nothing to guess
  // on that side.
  bool StartsAt(TimestampMs start_time) {
    if (start_time == 0 || start_time <= range_start_ || start_time >= first_) return false;
    to_start_ = 0;
    sampled_ = Seconds(last_ - start_time);
    return true;
  }

  // A counter was zero or more: `first_share` is its first value as a share of its increase.
  void NotBelowZero(double first_share) {
    const double to_zero = sampled_ * first_share;
    if (to_zero < to_start_) to_start_ = to_zero;
  }

  // What to multiply the change between the samples with.
  double Factor(bool per_second) const {
    double factor = 1;
    if (sampled_ != 0) factor = (sampled_ + to_start_ + to_end_) / sampled_;
    if (per_second) factor /= DurationSeconds(call_.range_ms);
    return factor;
  }

 private:
  static double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

  const RangeCall& call_;
  TimestampMs range_start_, first_, last_;
  double sampled_, average_, to_start_, to_end_;
};

}  // namespace varve::promql
