#include "promql/testing/reference/reference_evaluator.h"

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/testing/reference/evaluation.h"
#include "promql/testing/reference/window_functions.h"

namespace varve::promql {
namespace {

using reference::Evaluation;

AnswerPoint ToPoint(TimestampMs time, const reference::Value& value) {
  AnswerPoint point{.time = time, .value = value.number, .histogram = {}};
  if (value.is_histogram()) point.histogram = HistogramNumbers(*value.histogram);
  return point;
}

absl::StatusOr<QueryAnswer> Raw(const Evaluation& evaluation, const Expr& expr, TimestampMs time) {
  VARVE_ASSIGN_OR_RETURN(const reference::Matrix matrix, evaluation.RangeVector(expr, time));
  QueryAnswer answer;
  answer.type = ValueType::kMatrix;
  for (const reference::Window& window : matrix) {
    std::vector<reference::Point> points = window.points;
    if (window.anchored || window.smoothed) {
      if (window.HasHistograms()) return FailedPrecondition("such windows are not shown with histograms");
      points = reference::Bounded(window, false).value_or(std::vector<reference::Point>());
    }
    if (points.empty()) continue;
    AnswerSeries& series = answer.series.emplace_back(AnswerSeries{.labels = window.labels, .points = {}});
    for (const reference::Point& point : points) series.points.push_back(ToPoint(point.time, point.value));
  }
  return answer;
}

// The expression at `time`; a scalar is an element without labels.
absl::StatusOr<reference::Vector> At(const Evaluation& evaluation, const Expr& expr, TimestampMs time) {
  if (expr.type() == ValueType::kVector) return evaluation.InstantVector(expr, time);
  VARVE_ASSIGN_OR_RETURN(const double number, evaluation.Scalar(expr, time));
  return reference::Vector{{.labels = {}, .value = reference::Number(number)}};
}

absl::StatusOr<QueryAnswer> Evaluate(const SeriesMap& all, const Expr& expr, const PromqlTestQuery& query) {
  const Evaluation evaluation(all, {.start = query.start, .end = query.end, .step_ms = query.is_range ? query.step_ms : 0});
  QueryAnswer answer;
  answer.type = query.is_range ? ValueType::kMatrix : expr.type();
  if (expr.type() == ValueType::kString) {
    answer.text = StripParens(expr).As<StringLiteral>().value;
    return answer;
  }
  if (expr.type() == ValueType::kMatrix) return Raw(evaluation, StripParens(expr), query.start);
  std::map<Labels, size_t> places;
  for (TimestampMs time = query.start; time <= query.end; time += std::max<int64_t>(query.step_ms, 1)) {
    VARVE_ASSIGN_OR_RETURN(const reference::Vector vector, At(evaluation, expr, time));
    for (const reference::Element& element : vector) {
      const auto [place, is_new] = places.try_emplace(element.labels, answer.series.size());
      if (is_new) answer.series.push_back({.labels = element.labels, .points = {}});
      answer.series[place->second].points.push_back(ToPoint(time, element.value));
    }
  }
  return answer;
}

}  // namespace

QueryAnswer ReferenceEvaluator::Ask(const PromqlTestQuery& query) const {
  QueryAnswer answer;
  const absl::StatusOr<ExprPtr> expr = ParseExpr(query.text, parser_);
  if (!expr.ok()) {
    answer.status = expr.status();
    return answer;
  }
  absl::StatusOr<QueryAnswer> evaluated = Evaluate(series_, **expr, query);
  if (evaluated.ok()) return *std::move(evaluated);
  answer.status = evaluated.status();
  return answer;
}

}  // namespace varve::promql
