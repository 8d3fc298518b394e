#include "promql/functions/extended_rate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"
#include "promql/duration_seconds.h"
#include "promql/engine/annotation_texts.h"
#include "promql/functions/histogram_rate.h"
#include "promql/functions/interpolation.h"

namespace varve::promql {
namespace {

// The samples that decide about a range: [first, last], where `first` may lie before it and `last` after it.
struct Bounds {
  TimestampMs start, end;  // of the range
  size_t first, last;
};

// Nothing if the range has no value.
std::optional<Bounds> FindBounds(const RangeCall& call, size_t step, std::span<const TimestampMs> times) {
  Bounds bounds = {.start = call.RangeStart(step), .end = call.RangeEnd(step), .first = 0, .last = times.size() - 1};
  const auto inner_end = times.begin() + static_cast<std::ptrdiff_t>(bounds.last);
  const auto after_start = std::upper_bound(times.begin(), inner_end, bounds.start) - times.begin();
  bounds.first = static_cast<size_t>(std::max<std::ptrdiff_t>(0, after_start - 1));
  if (call.smoothed) bounds.last = static_cast<size_t>(std::lower_bound(times.begin(), inner_end, bounds.end) - times.begin());
  if (times[bounds.last] <= bounds.start) return std::nullopt;
  if (call.smoothed && times[bounds.first] > bounds.end) return std::nullopt;
  return bounds;
}

// What a counter lost in resets between the values at the ends of the range.
double LostInResets(double left, double right, std::span<const double> between) {
  double lost = 0, previous = left;
  for (const double value : between) {
    if (value < previous) lost += previous;
    previous = value;
  }
  return right < previous ? lost + previous : lost;
}

std::optional<double> FloatChange(const RangeCall& call, size_t step, std::span<const TimestampMs> times,
                                  std::span<const double> values, bool counter) {
  const std::optional<Bounds> bounds = FindBounds(call, step, times);
  if (!bounds.has_value()) return std::nullopt;
  auto [start, end, first, last] = *bounds;
  double left = values[first], right = values[last];
  if (call.smoothed && times[first] < start) {
    left = Interpolate(times[first], values[first], times[first + 1], values[first + 1], start, counter);
  }
  if (call.smoothed && last > 0 && times[last] > end) {
    right = Interpolate(times[last - 1], values[last - 1], times[last], values[last], end, counter);
  }
  double change = right - left;
  if (!counter) return change;
  const size_t from = times[first] <= start ? first + 1 : first;
  const size_t until = times[last] >= end ? last : last + 1;
  return change + LostInResets(left, right, from < until ? values.subspan(from, until - from) : std::span<const double>());
}

// One range of a histogram series.
class HistogramRange {
 public:
  HistogramRange(const RangeInput& input, Window window, bool counter, Annotations& annotations)
      : input_(input),
        times_(input.histogram_times.subspan(window.begin, window.size())),
        histograms_(input.histograms.subspan(window.begin, window.size())),
        counter_(counter),
        annotations_(annotations) {}

  std::optional<FloatHistogram> Change(size_t step) {
    const std::optional<Bounds> bounds = FindBounds(input_.call, step, times_);
    if (!bounds.has_value() || !Validate(*bounds)) return std::nullopt;
    const std::optional<FloatHistogram> left = Left(*bounds), right = left.has_value() ? Right(*bounds) : std::nullopt;
    if (!right.has_value()) return std::nullopt;
    if (!counter_ && (!IsGauge(*left) || !IsGauge(*right))) {
      annotations_.Add(NativeHistogramNotGauge(input_.metric_name(), input_.call.selector_position));
    }
    FloatHistogram change = *right;
    if (!SubtractWithAnnotations(change, *left, input_, annotations_)) return std::nullopt;
    if (counter_ && !AddLost(*bounds, *left, *right, change)) return std::nullopt;
    return change;
  }

 private:
  static bool IsGauge(const FloatHistogram& histogram) { return histogram.reset_hint == CounterResetHint::kGauge; }

  bool Validate(const Bounds& bounds) {
    for (size_t i = bounds.first; i <= bounds.last; ++i) {
      if (histograms_[i].uses_custom_buckets() != histograms_[bounds.first].uses_custom_buckets()) {
        annotations_.Add(MixedExponentialCustomHistograms(input_.metric_name(), input_.call.selector_position));
        return false;
      }
      if (counter_ && IsGauge(histograms_[i])) {
        annotations_.Add(NativeHistogramNotCounter(input_.metric_name(), input_.call.selector_position));
      }
    }
    return true;
  }

  std::optional<FloatHistogram> Between(size_t i, TimestampMs time) {
    return Interpolate(HistogramPoint{times_[i], histograms_[i]}, HistogramPoint{times_[i + 1], histograms_[i + 1]}, time,
                       counter_, input_.metric_name(), input_.call.selector_position, annotations_);
  }
  std::optional<FloatHistogram> Left(const Bounds& bounds) {
    if (input_.call.smoothed && times_[bounds.first] < bounds.start) return Between(bounds.first, bounds.start);
    return histograms_[bounds.first];
  }
  std::optional<FloatHistogram> Right(const Bounds& bounds) {
    if (input_.call.smoothed && bounds.last > 0 && times_[bounds.last] > bounds.end) return Between(bounds.last - 1, bounds.end);
    return histograms_[bounds.last];
  }

  // Adds to `change` what was lost in resets. `left` stands for the first sample and `right` for the last one; a reset that the
  // interpolation of `left` went over is accounted for already.
  bool AddLost(const Bounds& bounds, const FloatHistogram& left, const FloatHistogram& right, FloatHistogram& change) {
    size_t next = bounds.first + 1;
    const FloatHistogram* previous = &left;
    if (input_.call.smoothed && times_[bounds.first] < bounds.start &&
        DetectReset(histograms_[next], histograms_[bounds.first])) {
      previous = &histograms_[next++];
    }
    if (next > bounds.last) return true;
    std::optional<FloatHistogram> lost;
    const auto lose = [&](const FloatHistogram& histogram) {
      if (lost.has_value()) return AddWithAnnotations(*lost, histogram, input_, annotations_);
      lost = histogram;
      return true;
    };
    for (; next < bounds.last; ++next) {
      if (DetectReset(histograms_[next], *previous) && !lose(*previous)) return false;
      previous = &histograms_[next];
    }
    if (DetectReset(right, *previous) && !lose(*previous)) return false;
    return !lost.has_value() || AddWithAnnotations(change, *lost, input_, annotations_);
  }

  const RangeInput& input_;
  const std::span<const TimestampMs> times_;
  const std::span<const FloatHistogram> histograms_;
  const bool counter_;
  Annotations& annotations_;
};

}  // namespace

void ExtendedRates(const RangeInput& input, RateFlavour flavour, StepSeries& out, Annotations& annotations) {
  const double seconds = DurationSeconds(input.call.range_ms);
  for (size_t step = 0; step < out.steps(); ++step) {
    const Window floats = input.windows[step], histograms = input.histogram_window(step);
    if (floats.empty() == histograms.empty()) continue;  // nothing, or a mix
    if (histograms.empty()) {
      const std::optional<double> change = FloatChange(input.call, step, input.times.subspan(floats.begin, floats.size()),
                                                       input.values.subspan(floats.begin, floats.size()), flavour.counter);
      if (change.has_value()) out.SetFloat(step, flavour.per_second ? *change / seconds : *change);
      continue;
    }
    std::optional<FloatHistogram> change = HistogramRange(input, histograms, flavour.counter, annotations).Change(step);
    if (!change.has_value()) continue;
    if (flavour.per_second) DivideHistogram(*change, seconds);
    change->reset_hint = CounterResetHint::kGauge;
    CompactHistogram(*change);
    out.SetHistogram(step, *std::move(change));
  }
}

}  // namespace varve::promql
