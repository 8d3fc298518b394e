// Which samples a selector sees: the latest one within the lookback, or all of a window, which is open on the left.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/histogram_arithmetic.h"
#include "model/histogram_reset.h"
#include "promql/testing/reference/evaluation.h"
#include "promql/testing/reference/interpolate.h"

namespace varve::promql::reference {
namespace {

double InSeconds(int64_t ms) { return static_cast<double>(ms / 1000) + static_cast<double>(ms % 1000) / 1000; }

bool IsStale(const Value& value) { return value.is_histogram() ? value.histogram->is_stale() : IsStaleNan(value.number); }

// All samples in (after, until], ascending.
std::vector<Point> Between(const SeriesSamples& samples, TimestampMs after, TimestampMs until) {
  std::vector<Point> points;
  const auto within = [&](TimestampMs time) { return time > after && time <= until; };
  for (size_t i = 0; i < samples.floats.size(); ++i) {
    if (within(samples.floats.times[i])) points.push_back({samples.floats.times[i], Number(samples.floats.values[i])});
  }
  for (size_t i = 0; i < samples.histograms.size(); ++i) {
    if (within(samples.histograms.times[i]))
      points.push_back({samples.histograms.times[i], Histogram(samples.histograms.values[i])});
  }
  std::ranges::sort(points, {}, &Point::time);
  return points;
}

std::vector<Point> Living(std::vector<Point> points) {
  std::erase_if(points, [](const Point& point) { return IsStale(point.value); });
  return points;
}

}  // namespace

absl::StatusOr<double> Evaluation::Seconds(const Expr& expr) const {
  if (const auto* number = expr.AsIf<NumberLiteral>()) return number->value;
  if (const auto* paren = expr.AsIf<ParenExpr>()) return Seconds(*paren->expr);
  const auto& duration = expr.As<DurationExpr>();
  double lhs = 0, rhs = 0;
  if (duration.lhs != nullptr) {
    VARVE_ASSIGN_OR_RETURN(lhs, Seconds(*duration.lhs));
  }
  if (duration.rhs != nullptr) {
    VARVE_ASSIGN_OR_RETURN(rhs, Seconds(*duration.rhs));
  }
  switch (duration.op) {
    case DurationOp::kStep: return InSeconds(times_.step_ms);
    case DurationOp::kRange: return InSeconds(times_.end - times_.start);
    case DurationOp::kMinOf: return std::min(lhs, rhs);
    case DurationOp::kMaxOf: return std::max(lhs, rhs);
    case DurationOp::kAdd: return lhs + rhs;
    case DurationOp::kSub: return lhs - rhs;
    case DurationOp::kMul: return lhs * rhs;
    case DurationOp::kPow: return std::pow(lhs, rhs);
    case DurationOp::kDiv:
      if (rhs == 0) return InvalidArgument("division by zero");
      return lhs / rhs;
    case DurationOp::kMod:
      if (rhs == 0) return InvalidArgument("modulo by zero");
      return std::fmod(lhs, rhs);
  }
  return Internal("no such operation on durations");
}

absl::StatusOr<int64_t> Evaluation::Length(QueryDuration plain, const std::unique_ptr<DurationExpr>& expr, bool positive) const {
  if (expr == nullptr) return plain.ms();
  VARVE_ASSIGN_OR_RETURN(const double seconds, Seconds(*expr));
  if (!std::isfinite(seconds)) return InvalidArgument("duration is NaN or infinite");
  if (positive && seconds <= 0) return InvalidArgument("duration must be greater than 0");
  return static_cast<int64_t>(seconds * 1000);
}

absl::StatusOr<TimestampMs> Evaluation::Moment(const TimeShift& shift, TimestampMs time) const {
  if (shift.at.has_value()) time = *shift.at;
  if (shift.at_anchor == TimeShift::Anchor::kStart) time = times_.start;
  if (shift.at_anchor == TimeShift::Anchor::kEnd) time = times_.end;
  VARVE_ASSIGN_OR_RETURN(const int64_t offset, Length(shift.offset, shift.offset_expr, false));
  return time - offset;
}

absl::StatusOr<Vector> Evaluation::Select(const VectorSelector& selector, TimestampMs time) const {
  VARVE_ASSIGN_OR_RETURN(const TimestampMs moment, Moment(selector.shift, time));
  if (selector.smoothed) return Smooth(selector, moment);
  Vector vector;
  for (const auto& [labels, samples] : series_) {
    if (!MatchesAll(selector.matchers, labels)) continue;
    const std::vector<Point> points = Between(samples, moment - kLookbackMs, moment);
    if (!points.empty() && !IsStale(points.back().value)) vector.push_back({labels, points.back().value});
  }
  return vector;
}

absl::StatusOr<Vector> Evaluation::Smooth(const VectorSelector& selector, TimestampMs moment) const {
  Vector vector;
  for (const auto& [labels, samples] : series_) {
    if (!MatchesAll(selector.matchers, labels)) continue;
    const Window window = {.labels = labels, .points = Living(Between(samples, moment - kLookbackMs, moment + kLookbackMs))};
    if (window.HasFloats() && window.HasHistograms()) continue;
    const auto next = std::ranges::lower_bound(window.points, moment, {}, &Point::time);
    if (next != window.points.end() && next->time == moment) {
      vector.push_back({labels, next->value});
    } else if (next != window.points.begin()) {
      const Point& before = *(next - 1);
      if (next == window.points.end()) {
        vector.push_back({labels, before.value});
      } else if (std::optional<Value> value = Interpolate(before, *next, moment, IsCounter(before, *next))) {
        vector.push_back({labels, *std::move(value)});
      }
    }
  }
  return vector;
}

absl::StatusOr<Matrix> Evaluation::SelectRange(const MatrixSelector& matrix, TimestampMs time) const {
  const VectorSelector& selector = *matrix.selector;
  VARVE_ASSIGN_OR_RETURN(const TimestampMs end, Moment(selector.shift, time));
  VARVE_ASSIGN_OR_RETURN(const int64_t length, Length(matrix.length, matrix.length_expr, true));
  Matrix windows;
  for (const auto& [labels, samples] : series_) {
    if (!MatchesAll(selector.matchers, labels)) continue;
    Window window = {
        .labels = labels, .start = end - length, .end = end, .anchored = selector.anchored, .smoothed = selector.smoothed};
    const int64_t before = window.anchored || window.smoothed ? kLookbackMs : 0, behind = window.smoothed ? kLookbackMs : 0;
    window.points = Living(Between(samples, window.start - before, window.end + behind));
    if (!window.points.empty()) windows.push_back(std::move(window));
  }
  return windows;
}

absl::StatusOr<Matrix> Evaluation::RunSubquery(const SubqueryExpr& subquery, TimestampMs time) const {
  VARVE_ASSIGN_OR_RETURN(const TimestampMs end, Moment(subquery.shift, time));
  VARVE_ASSIGN_OR_RETURN(const int64_t length, Length(subquery.length, subquery.length_expr, true));
  VARVE_ASSIGN_OR_RETURN(int64_t step, Length(subquery.step, subquery.step_expr, true));
  if (step == 0) step = kDefaultSubqueryStepMs;
  std::map<Labels, Window> windows;
  // Steps are multiples of the step, wherever the window begins. A range query evaluates those between two windows too: what
  // fails there counts.
  const bool pinned = subquery.shift.at.has_value() || subquery.shift.at_anchor != TimeShift::Anchor::kNone;
  const int64_t before = time > times_.start && !pinned ? std::max(length, times_.step_ms) : length;
  for (TimestampMs at = (end - before) / step * step; at <= end; at += step) {
    if (at <= end - before) continue;
    VARVE_ASSIGN_OR_RETURN(const Vector vector, InstantVector(*subquery.expr, at));
    if (at <= end - length) continue;
    for (const Element& element : vector) {
      Window& window = windows[element.labels];
      window.labels = element.labels;
      window.start = end - length;
      window.end = end;
      window.points.push_back({at, element.value});
    }
  }
  Matrix matrix;
  for (auto& [labels, window] : windows) matrix.push_back(std::move(window));
  return matrix;
}

}  // namespace varve::promql::reference
