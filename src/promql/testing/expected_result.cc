#include "promql/testing/expected_result.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "model/histogram_arithmetic.h"
#include "model/histogram_text.h"

namespace varve::promql {
namespace {

constexpr double kEpsilon = 1e-6;

bool AllAlmostEqual(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) { return AlmostEqual(x, y); });
}

std::string Describe(double value) { return FormatFloatGeneral(value); }

std::string Describe(const SequenceValue& value) {
  return value.histogram.has_value() ? ToTestExpression(*value.histogram) : Describe(value.value);
}

absl::Status CheckMessages(std::string_view kind, const std::vector<MessagePattern>& patterns,
                           const std::vector<std::string>& messages) {
  if (patterns.empty()) return absl::OkStatus();
  if (messages.empty()) return InvalidArgument("expected {} annotations but none were found", kind);
  for (const MessagePattern& pattern : patterns) {
    if (std::ranges::none_of(messages, [&](const std::string& message) { return pattern.Matches(message); })) {
      return InvalidArgument("expected {} annotation \"{}\", found [{}]", kind, pattern.text, fmt::join(messages, "; "));
    }
  }
  for (const std::string& message : messages) {
    if (std::ranges::none_of(patterns, [&](const MessagePattern& pattern) { return pattern.Matches(message); })) {
      return InvalidArgument("unexpected {} annotation \"{}\"", kind, message);
    }
  }
  return absl::OkStatus();
}

using ExpectedByLabels = std::map<Labels, const EvalCommand::Series*>;

ExpectedByLabels Index(const EvalCommand& eval) {
  ExpectedByLabels by_labels;
  for (const EvalCommand::Series& series : eval.series) by_labels[series.labels] = &series;
  return by_labels;
}

absl::Status CheckSample(const Labels& labels, const SequenceValue& expected, const SeriesSamples& actual) {
  if (expected.histogram.has_value()) {
    if (actual.histograms.empty()) {
      return InvalidArgument("expected histogram {} for {} but got a float", Describe(expected), labels.ToString());
    }
    const FloatHistogram& histogram = actual.histograms.values[0];
    if (AlmostEqual(*expected.histogram, histogram, expected.has_reset_hint)) return absl::OkStatus();
    return InvalidArgument("expected {} for {} but got {}", Describe(expected), labels.ToString(), ToTestExpression(histogram));
  }
  if (actual.floats.empty()) {
    return InvalidArgument("expected {} for {} but got a histogram", Describe(expected), labels.ToString());
  }
  if (AlmostEqual(expected.value, actual.floats.values[0])) return absl::OkStatus();
  return InvalidArgument("expected {} for {} but got {}", Describe(expected), labels.ToString(),
                         Describe(actual.floats.values[0]));
}

absl::Status CheckVector(const EvalCommand& eval, const PromqlTestResult& result) {
  if (eval.scalar.has_value()) return InvalidArgument("expected scalar result, but got a vector of {}", result.series.size());
  ExpectedByLabels expected = Index(eval);
  for (size_t i = 0; i < result.series.size(); ++i) {
    const Labels& labels = result.series[i].labels;
    const auto found = expected.find(labels);
    if (found == expected.end()) return InvalidArgument("unexpected metric {} in result", labels.ToString());
    if (eval.ordered && found->second != &eval.series[std::min(i, eval.series.size() - 1)]) {
      return InvalidArgument("metric {} is not expected at position {}", labels.ToString(), i + 1);
    }
    VARVE_RETURN_IF_ERROR(CheckSample(labels, found->second->values.at(0), result.series[i].samples));
    expected.erase(found);
  }
  if (expected.empty()) return absl::OkStatus();
  return InvalidArgument("expected metric {} not found", expected.begin()->first.ToString());
}

// The samples a line of expected values stands for.
struct ExpectedPoints {
  std::vector<TimestampMs> float_times, histogram_times;
  std::vector<const SequenceValue*> floats, histograms;
};

absl::StatusOr<ExpectedPoints> PointsOf(const EvalCommand& eval, const EvalCommand::Series& series) {
  ExpectedPoints points;
  for (size_t i = 0; i < series.values.size(); ++i) {
    const TimestampMs time = eval.start + static_cast<int64_t>(i) * eval.step_ms;
    if (time > eval.end) return InvalidArgument("query time range cannot return the {} points expected", series.values.size());
    const SequenceValue& value = series.values[i];
    if (value.omitted) continue;
    (value.histogram.has_value() ? points.histograms : points.floats).push_back(&value);
    (value.histogram.has_value() ? points.histogram_times : points.float_times).push_back(time);
  }
  return points;
}

absl::Status CheckPoints(const Labels& labels, const ExpectedPoints& expected, const SeriesSamples& actual) {
  if (expected.float_times != actual.floats.times || expected.histogram_times != actual.histograms.times) {
    return InvalidArgument("expected floats at [{}] and histograms at [{}] for {}, but got [{}] ([{}]) and [{}]",
                           fmt::join(expected.float_times, " "), fmt::join(expected.histogram_times, " "), labels.ToString(),
                           fmt::join(actual.floats.times, " "), fmt::join(actual.floats.values, " "),
                           fmt::join(actual.histograms.times, " "));
  }
  for (size_t i = 0; i < expected.floats.size(); ++i) {
    if (AlmostEqual(expected.floats[i]->value, actual.floats.values[i])) continue;
    return InvalidArgument("expected {} at t={} for {}, but got {}", Describe(*expected.floats[i]), actual.floats.times[i],
                           labels.ToString(), Describe(actual.floats.values[i]));
  }
  for (size_t i = 0; i < expected.histograms.size(); ++i) {
    const SequenceValue& want = *expected.histograms[i];
    if (AlmostEqual(*want.histogram, actual.histograms.values[i], want.has_reset_hint)) continue;
    return InvalidArgument("expected {} at t={} for {}, but got {}", Describe(want), actual.histograms.times[i],
                           labels.ToString(), ToTestExpression(actual.histograms.values[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckMatrix(const EvalCommand& eval, const PromqlTestResult& result) {
  if (eval.ordered) return InvalidArgument("expected ordered result, but query returned a matrix");
  if (eval.scalar.has_value()) return InvalidArgument("expected scalar result, but got a matrix of {}", result.series.size());
  ExpectedByLabels expected = Index(eval);
  const Labels* previous = nullptr;
  for (const auto& [labels, samples] : result.series) {
    if (previous != nullptr && labels < *previous) return InvalidArgument("{} is not in label order", labels.ToString());
    previous = &labels;
    const auto found = expected.find(labels);
    if (found == expected.end()) return InvalidArgument("unexpected metric {} in result", labels.ToString());
    VARVE_ASSIGN_OR_RETURN(const ExpectedPoints points, PointsOf(eval, *found->second));
    VARVE_RETURN_IF_ERROR(CheckPoints(labels, points, samples));
    expected.erase(found);
  }
  if (expected.empty()) return absl::OkStatus();
  return InvalidArgument("expected metric {} not found", expected.begin()->first.ToString());
}

}  // namespace

bool AlmostEqual(double a, double b) {
  if (IsStaleNan(a) || IsStaleNan(b)) return IsStaleNan(a) && IsStaleNan(b);
  if ((std::isnan(a) && std::isnan(b)) || a == b) return true;
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  const double sum = std::fabs(a) + std::fabs(b), difference = std::fabs(a - b);
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < kEpsilon * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kEpsilon;
}

bool AlmostEqual(const FloatHistogram& a, const FloatHistogram& b, bool with_reset_hint) {
  FloatHistogram x = a, y = b;
  CompactHistogram(x);
  CompactHistogram(y);
  return x.schema == y.schema && AlmostEqual(x.count, y.count) && AlmostEqual(x.sum, y.sum) &&
         x.custom_values == y.custom_values && x.zero_threshold == y.zero_threshold && AlmostEqual(x.zero_count, y.zero_count) &&
         x.negative_spans == y.negative_spans && AllAlmostEqual(x.negative, y.negative) && x.positive_spans == y.positive_spans &&
         AllAlmostEqual(x.positive, y.positive) && (!with_reset_hint || x.reset_hint == y.reset_hint);
}

absl::Status CheckFailure(const EvalCommand& eval, const absl::Status& failure) {
  for (const MessagePattern& pattern : eval.failures) {
    if (!pattern.Matches(Message(failure))) {
      return InvalidArgument("expected error \"{}\", but got: {}", pattern.text, Message(failure));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAnnotations(const EvalCommand& eval, const PromqlTestResult& result) {
  if (eval.some_warning && result.warnings.empty()) return InvalidArgument("expected warnings but got none");
  if (eval.some_info && result.infos.empty()) return InvalidArgument("expected info annotations but got none");
  VARVE_RETURN_IF_ERROR(CheckMessages("warn", eval.warnings, result.warnings));
  VARVE_RETURN_IF_ERROR(CheckMessages("info", eval.infos, result.infos));
  if (eval.no_warning && !result.warnings.empty()) {
    return InvalidArgument("unexpected warnings: {}", fmt::join(result.warnings, "; "));
  }
  if (eval.no_info && !result.infos.empty()) {
    return InvalidArgument("unexpected info annotations: {}", fmt::join(result.infos, "; "));
  }
  return absl::OkStatus();
}

absl::Status CheckValue(const EvalCommand& eval, const PromqlTestResult& result) {
  switch (result.type) {
    case ValueType::kMatrix: return CheckMatrix(eval, result);
    case ValueType::kVector: return CheckVector(eval, result);
    case ValueType::kScalar:
      if (!eval.scalar.has_value()) {
        return InvalidArgument("expected vector or matrix result, but got {}", Describe(result.scalar));
      }
      if (AlmostEqual(*eval.scalar, result.scalar)) return absl::OkStatus();
      return InvalidArgument("expected scalar {} but got {}", Describe(*eval.scalar), Describe(result.scalar));
    case ValueType::kString:
      if (eval.text.value_or("") == result.text) return absl::OkStatus();
      return InvalidArgument("expected string \"{}\" but got \"{}\"", eval.text.value_or(""), result.text);
  }
  return absl::OkStatus();
}

}  // namespace varve::promql
