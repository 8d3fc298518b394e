// rate and its relatives, for floats and histograms, with the window's ends guessed, anchored or smoothed.
#include <algorithm>
#include <cmath>

#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"
#include "promql/testing/reference/interpolate.h"
#include "promql/testing/reference/window_functions.h"

namespace varve::promql::reference {
namespace {

double Seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }
// As Go divides a duration.
double LengthSeconds(int64_t ms) { return static_cast<double>(ms / 1000) + static_cast<double>(ms % 1000) / 1000; }

Value Scaled(const Value& value, double factor) {
  if (!value.is_histogram()) return Number(value.number * factor);
  FloatHistogram histogram = *value.histogram;
  MultiplyHistogram(histogram, factor);
  return Histogram(std::move(histogram));
}

double Size(const Value& value) { return value.is_histogram() ? value.histogram->count : value.number; }

bool IsReset(const Value& before, const Value& after) {
  return after.is_histogram() ? DetectReset(*after.histogram, *before.histogram) : after.number < before.number;
}

double FloatChange(const std::vector<Point>& points, bool counter) {
  double change = points.back().value.number - points.front().value.number;
  for (size_t i = 1; counter && i < points.size(); ++i) {
    if (IsReset(points[i - 1].value, points[i].value)) change += points[i - 1].value.number;
  }
  return change;
}

FloatHistogram EmptyLike(const FloatHistogram& histogram) {
  FloatHistogram empty;
  empty.schema = histogram.schema;
  empty.custom_values = histogram.custom_values;
  return empty;
}

// A first sample that is followed by a reset counts for nothing, whatever its buckets.
std::optional<Value> HistogramChange(std::vector<Point> points, bool counter) {
  if (counter && IsReset(points[0].value, points[1].value)) points[0].value = Histogram(EmptyLike(*points[1].value.histogram));
  const bool custom = points[0].value.histogram->uses_custom_buckets();
  int32_t schema = std::min(points.front().value.histogram->schema, points.back().value.histogram->schema);
  for (size_t i = 1; i < points.size(); ++i) {
    if (i + 1 < points.size() && !counter) continue;
    if (points[i].value.histogram->uses_custom_buckets() != custom) return std::nullopt;
    schema = std::min(schema, points[i].value.histogram->schema);
  }
  FloatHistogram change = custom ? *points.back().value.histogram : CopyToSchema(*points.back().value.histogram, schema);
  if (!SubtractHistogram(change, *points.front().value.histogram).ok()) return std::nullopt;
  for (size_t i = 1; counter && i < points.size(); ++i) {
    if (!IsReset(points[i - 1].value, points[i].value)) continue;
    if (!AddHistogram(change, *points[i - 1].value.histogram).ok()) return std::nullopt;
  }
  change.reset_hint = CounterResetHint::kGauge;
  CompactHistogram(change);
  return Histogram(std::move(change));
}

std::optional<Value> Change(const std::vector<Point>& points, bool counter) {
  if (points.front().value.is_histogram()) return HistogramChange(points, counter);
  return Number(FloatChange(points, counter));
}

// The share of the change between the outer samples that the whole window is thought to have seen.
double Extrapolation(const Window& window, const Value& change, bool counter) {
  const Point &first = window.points.front(), &last = window.points.back();
  const double sampled = Seconds(last.time - first.time), average = sampled / static_cast<double>(window.points.size() - 1);
  double to_start = Seconds(first.time - window.start), to_end = Seconds(window.end - last.time);
  if (to_start >= average * 1.1) to_start = average / 2;
  if (to_end >= average * 1.1) to_end = average / 2;
  if (counter && Size(change) > 0 && Size(first.value) >= 0) {
    to_start = std::min(to_start, sampled * (Size(first.value) / Size(change)));  // no counter was ever below zero
  }
  return sampled == 0 ? 1 : (sampled + to_start + to_end) / sampled;
}

// Between the ends of an anchored or smoothed window. What resets took away is summed up by itself.
double FloatChangeWithin(const std::vector<Point>& bounded, bool counter) {
  double lost = 0;
  for (size_t i = 1; counter && i < bounded.size(); ++i) {
    if (IsReset(bounded[i - 1].value, bounded[i].value)) lost += bounded[i - 1].value.number;
  }
  return bounded.back().value.number - bounded.front().value.number + lost;
}

// True if the window begins on a line that comes up from a reset.
bool BeginsWithReset(const Window& window) {
  const auto inside = std::ranges::upper_bound(window.points, window.start, {}, &Point::time);
  if (!window.smoothed || inside == window.points.begin() || inside == window.points.end()) return false;
  const Point& before = *(inside - 1);
  return before.time < window.start && IsReset(before.value, inside->value);
}

std::optional<Value> HistogramChangeWithin(const Window& window, const std::vector<Point>& bounded, bool counter) {
  FloatHistogram change = *bounded.back().value.histogram;
  if (!SubtractHistogram(change, *bounded.front().value.histogram).ok()) return std::nullopt;
  std::optional<FloatHistogram> lost;
  for (size_t i = BeginsWithReset(window) ? 2 : 1; counter && i < bounded.size(); ++i) {
    if (bounded[i].value.histogram->uses_custom_buckets() != bounded[0].value.histogram->uses_custom_buckets())
      return std::nullopt;
    if (!IsReset(bounded[i - 1].value, bounded[i].value)) continue;
    if (!lost.has_value()) {
      lost = *bounded[i - 1].value.histogram;
    } else if (!AddHistogram(*lost, *bounded[i - 1].value.histogram).ok()) {
      return std::nullopt;
    }
  }
  if (lost.has_value() && !AddHistogram(change, *lost).ok()) return std::nullopt;
  change.reset_hint = CounterResetHint::kGauge;
  CompactHistogram(change);
  return Histogram(std::move(change));
}

std::optional<Value> ChangeWithin(const Window& window, bool counter) {
  if (window.smoothed && window.points.front().time > window.end) return std::nullopt;
  const std::optional<std::vector<Point>> bounded = Bounded(window, counter);
  if (!bounded.has_value()) return std::nullopt;
  if (bounded->front().value.is_histogram()) return HistogramChangeWithin(window, *bounded, counter);
  return Number(FloatChangeWithin(*bounded, counter));
}

Value Divided(const Value& value, double divisor) {
  if (!value.is_histogram()) return Number(value.number / divisor);
  FloatHistogram histogram = *value.histogram;
  DivideHistogram(histogram, divisor);
  return Histogram(std::move(histogram));
}

}  // namespace

std::optional<std::vector<Point>> Bounded(const Window& window, bool counter) {
  std::vector<Point> inside;
  const Point *before = nullptr, *after = nullptr;
  for (const Point& point : window.points) {
    if (point.time <= window.start) before = &point;
    if (point.time > window.start && point.time <= window.end) inside.push_back(point);
    if (point.time > window.end && after == nullptr) after = &point;
  }
  if (inside.empty() && (!window.smoothed || after == nullptr)) return std::nullopt;
  const Point* first = inside.empty() ? after : &inside.front();
  const Point* last = !inside.empty() ? &inside.back() : before != nullptr ? before : after;
  std::optional<Value> left = before == nullptr ? first->value : before->value, right = last->value;
  if (window.smoothed && before != nullptr) left = Interpolate(*before, *first, window.start, counter);
  if (window.smoothed && after != nullptr && last != after) right = Interpolate(*last, *after, window.end, counter);
  if (!left.has_value() || !right.has_value()) return std::nullopt;
  std::vector<Point> bounded = {{window.start, *left}};
  for (const Point& point : inside) {
    if (point.time < window.end) bounded.push_back(point);
  }
  bounded.push_back({window.end, *right});
  return bounded;
}

std::optional<Value> Rate(const WindowCall& call) {
  const Window& window = call.window;
  if (window.HasFloats() && window.HasHistograms()) return std::nullopt;
  const bool counter = call.function != "delta", per_second = call.function == "rate";
  const double seconds = LengthSeconds(window.end - window.start);
  if (window.anchored || window.smoothed) {
    const std::optional<Value> change = ChangeWithin(window, counter);
    if (!change.has_value() || !per_second) return change;
    return Divided(*change, seconds);
  }
  if (window.points.size() < 2) return std::nullopt;
  const std::optional<Value> change = Change(window.points, counter);
  if (!change.has_value()) return std::nullopt;
  const double factor = Extrapolation(window, *change, counter);
  return Scaled(*change, per_second ? factor / seconds : factor);
}

std::optional<Value> InstantRate(const WindowCall& call) {
  const std::vector<Point>& points = call.window.points;
  if (points.size() < 2) return std::nullopt;
  const Point &last = points.back(), &previous = points[points.size() - 2];
  if (last.value.is_histogram() != previous.value.is_histogram()) return std::nullopt;
  const bool rate = call.function == "irate", reset = rate && IsReset(previous.value, last.value);
  const double seconds = Seconds(last.time - previous.time);
  if (!last.value.is_histogram()) {
    const double change = reset ? last.value.number : last.value.number - previous.value.number;
    return Number(rate ? change / seconds : change);
  }
  FloatHistogram change = *last.value.histogram;
  if (!reset && !SubtractHistogram(change, *previous.value.histogram).ok()) return std::nullopt;
  change.reset_hint = CounterResetHint::kGauge;
  CompactHistogram(change);
  if (rate) DivideHistogram(change, seconds);
  return Histogram(std::move(change));
}

}  // namespace varve::promql::reference
