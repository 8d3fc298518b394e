#include <algorithm>
#include <cmath>

#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"
#include "model/kahan_sum.h"
#include "promql/testing/reference/statistics.h"
#include "promql/testing/reference/window_functions.h"

namespace varve::promql::reference {
namespace {

double SecondsOf(TimestampMs time) { return static_cast<double>(time) / 1000; }

std::vector<Point> FloatPoints(const Window& window) {
  std::vector<Point> points = window.points;
  std::erase_if(points, [](const Point& point) { return point.value.is_histogram(); });
  return points;
}

std::vector<double> NumbersOf(const std::vector<Point>& points) {
  std::vector<double> numbers;
  for (const Point& point : points) numbers.push_back(point.value.number);
  return numbers;
}

// The time of the last of the smallest or largest values.
double TimeOf(const std::vector<Point>& points, bool largest) {
  const Point* best = &points.at(0);
  for (const Point& point : points) {
    const double value = point.value.number, known = best->value.number;
    if (std::isnan(known) || (largest ? value >= known : value <= known)) best = &point;
  }
  return SecondsOf(best->time);
}

bool Differs(const Value& a, const Value& b) {
  if (a.is_histogram() != b.is_histogram()) return true;
  if (a.is_histogram()) return !SameHistogram(*a.histogram, *b.histogram);
  return a.number != b.number && !(std::isnan(a.number) && std::isnan(b.number));
}

bool IsReset(const Value& before, const Value& after) {
  if (before.is_histogram() != after.is_histogram()) return true;
  return after.is_histogram() ? DetectReset(*after.histogram, *before.histogram) : after.number < before.number;
}

template <typename Counts>
double CountPairs(const std::vector<Point>& points, const Counts& counts) {
  double count = 0;
  for (size_t i = 1; i < points.size(); ++i) count += counts(points[i - 1].value, points[i].value) ? 1 : 0;
  return count;
}

// Slope and, at `origin`, value of the line through the points by least squares.
std::pair<double, double> Line(const std::vector<Point>& points, TimestampMs origin) {
  if (std::ranges::all_of(points, [&](const Point& point) { return point.value.number == points[0].value.number; })) {
    const double value = points[0].value.number;
    return std::isinf(value) ? std::pair<double, double>{NAN, NAN} : std::pair<double, double>{0, value};
  }
  KahanSum x, y, xx, xy;
  const auto n = static_cast<double>(points.size());
  for (const Point& point : points) {
    const double at = static_cast<double>(point.time - origin) / 1000, value = point.value.number;
    x.Add(at);
    y.Add(value);
    xx.Add(at * at);
    xy.Add(at * value);
  }
  const double slope = (xy.Total() - x.Total() * y.Total() / n) / (xx.Total() - x.Total() * x.Total() / n);
  return {slope, y.Total() / n - slope * x.Total() / n};
}

// Holt's linear method.
double Smooth(const std::vector<double>& values, double smoothing, double trend) {
  double level = values[0], before = 0, slope = values[1] - values[0];
  for (size_t i = 1; i < values.size(); ++i) {
    if (i > 1) slope = trend * (level - before) + (1 - trend) * slope;
    before = level;
    level = smoothing * values[i] + (1 - smoothing) * (level + slope);
  }
  return level;
}

std::optional<Value> OfFloats(const WindowCall& call, const std::vector<Point>& points) {
  const std::string_view function = call.function;
  const std::vector<double> numbers = NumbersOf(points);
  if (function == "min_over_time") return Number(Smallest(numbers));
  if (function == "max_over_time") return Number(Largest(numbers));
  if (function == "stdvar_over_time") return Number(Variance(numbers));
  if (function == "stddev_over_time") return Number(std::sqrt(Variance(numbers)));
  if (function == "quantile_over_time") return Number(Quantile(call.numbers[0], numbers));
  if (function == "ts_of_min_over_time") return Number(TimeOf(points, false));
  if (function == "ts_of_max_over_time") return Number(TimeOf(points, true));
  if (function == "mad_over_time") {
    const double median = Quantile(0.5, numbers);
    std::vector<double> distances;
    for (const double number : numbers) distances.push_back(std::fabs(number - median));
    const bool has_nan = std::ranges::any_of(numbers, [](double number) { return std::isnan(number); });
    return Number(has_nan ? NAN : Quantile(0.5, distances));
  }
  if (points.size() < 2) return std::nullopt;
  if (function == "deriv") return Number(Line(points, points[0].time).first);
  if (function == "predict_linear") {
    const auto [slope, value] = Line(points, call.time);
    return Number(slope * call.numbers[0] + value);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Value> OverTime(const WindowCall& call) {
  const std::string_view function = call.function;
  const std::vector<Point>& points = call.window.points;
  if (function == "changes" || function == "resets") {
    std::optional<std::vector<Point>> bounded = points;
    if (call.window.anchored) bounded = Bounded(call.window, false);
    if (!bounded.has_value()) return std::nullopt;
    return Number(function == "changes" ? CountPairs(*bounded, Differs) : CountPairs(*bounded, IsReset));
  }
  if (function == "count_over_time") return Number(static_cast<double>(points.size()));
  if (function == "present_over_time") return Number(1);
  if (function == "first_over_time") return points.front().value;
  if (function == "last_over_time") return points.back().value;
  if (function == "ts_of_first_over_time") return Number(SecondsOf(points.front().time));
  if (function == "ts_of_last_over_time") return Number(SecondsOf(points.back().time));
  const std::vector<Point> floats = FloatPoints(call.window);
  if (function == "sum_over_time" || function == "avg_over_time") {
    const bool mean = function == "avg_over_time";
    if (floats.size() == points.size()) return Number(mean ? Mean(NumbersOf(floats)) : Sum(NumbersOf(floats)));
    if (!floats.empty()) return std::nullopt;
    std::vector<HistogramPtr> histograms;
    for (const Point& point : points) histograms.push_back(point.value.histogram);
    return SumOf(histograms, mean);
  }
  if (function == "double_exponential_smoothing") {
    if (floats.size() < 2) return std::nullopt;
    return Number(Smooth(NumbersOf(floats), call.numbers[0], call.numbers[1]));
  }
  return floats.empty() ? std::nullopt : OfFloats(call, floats);
}

}  // namespace varve::promql::reference
