#include "promql/testing/reference/interpolate.h"

#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"

namespace varve::promql::reference {
namespace {

std::optional<Value> InterpolateHistograms(const FloatHistogram& before, const FloatHistogram& after, double share,
                                           bool counter) {
  FloatHistogram result = after;
  if (counter && DetectReset(after, before)) {
    MultiplyHistogram(result, share);
    return Histogram(std::move(result));
  }
  if (!SubtractHistogram(result, before).ok()) return std::nullopt;
  MultiplyHistogram(result, share);
  if (!AddHistogram(result, before).ok()) return std::nullopt;
  return Histogram(std::move(result));
}

}  // namespace

bool IsCounter(const Point& before, const Point& after) {
  if (!before.value.is_histogram() || !after.value.is_histogram()) return false;
  return before.value.histogram->reset_hint != CounterResetHint::kGauge ||
         after.value.histogram->reset_hint != CounterResetHint::kGauge;
}

std::optional<Value> Interpolate(const Point& before, const Point& after, TimestampMs time, bool counter) {
  if (before.value.is_histogram() != after.value.is_histogram()) return std::nullopt;
  if (time == before.time) return before.value;
  if (time == after.time) return after.value;
  const auto passed = static_cast<double>(time - before.time), whole = static_cast<double>(after.time - before.time);
  if (before.value.is_histogram()) {
    return InterpolateHistograms(*before.value.histogram, *after.value.histogram, passed / whole, counter);
  }
  const double end = after.value.number, begin = counter && end < before.value.number ? 0 : before.value.number;
  return Number(begin + (end - begin) * passed / whole);
}

}  // namespace varve::promql::reference
