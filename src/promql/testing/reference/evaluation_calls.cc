// Functions: which arguments they want, and what becomes of the labels.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "promql/testing/reference/evaluation.h"
#include "promql/testing/reference/label_functions.h"
#include "promql/testing/reference/number_functions.h"
#include "promql/testing/reference/window_functions.h"

namespace varve::promql::reference {
namespace {

double SecondsOf(TimestampMs time) { return static_cast<double>(time) / 1000; }

std::vector<std::string> TextsOf(const Call& call) {
  std::vector<std::string> texts;
  for (const ExprPtr& arg : call.args) {
    if (const auto* text = StripParens(*arg).AsIf<StringLiteral>()) texts.push_back(text->value);
  }
  return texts;
}

bool IsRate(std::string_view name) { return name == "rate" || name == "increase" || name == "delta"; }

absl::Status CheckModifiers(const Call& call, const Expr& range) {
  const auto* matrix = range.AsIf<MatrixSelector>();
  if (matrix == nullptr) return absl::OkStatus();
  const std::string_view name = call.name();
  const bool counts = name == "changes" || name == "resets";
  if (matrix->selector->anchored && !IsRate(name) && !counts) return FailedPrecondition("anchored does not go with {}", name);
  if (matrix->selector->smoothed && !IsRate(name)) return FailedPrecondition("smoothed does not go with {}", name);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<double> Evaluation::CallScalar(const Call& call, TimestampMs time) const {
  const std::string_view name = call.name();
  if (name == "time") return SecondsOf(time);
  if (name == "pi") return std::numbers::pi;
  if (name == "start") return SecondsOf(times_.start);
  if (name == "end") return SecondsOf(times_.end);
  const auto length = [](int64_t ms) { return static_cast<double>(ms / 1000) + static_cast<double>(ms % 1000) / 1000; };
  if (name == "range") return length(times_.end - times_.start);
  if (name == "step") return times_.start == times_.end ? 0 : length(times_.step_ms);
  if (name == "scalar") {
    VARVE_ASSIGN_OR_RETURN(Vector vector, InstantVector(*call.args[0], time));
    std::erase_if(vector, [](const Element& element) { return element.value.is_histogram(); });
    return vector.size() == 1 ? vector[0].value.number : NAN;
  }
  if (name != "min_of" && name != "max_of") return Unimplemented("{}", name);
  VARVE_ASSIGN_OR_RETURN(const double a, Scalar(*call.args[0], time));
  VARVE_ASSIGN_OR_RETURN(const double b, Scalar(*call.args[1], time));
  const double bound[] = {a};
  return *OfNumber(name == "min_of" ? "clamp_max" : "clamp_min", b, bound);
}

absl::StatusOr<Vector> Evaluation::OverWindows(const Call& call, TimestampMs time) const {
  const std::string_view name = call.name();
  std::vector<double> numbers;
  const Expr* range = nullptr;
  for (const ExprPtr& arg : call.args) {
    if (arg->type() == ValueType::kMatrix) {
      range = arg.get();
    } else {
      VARVE_ASSIGN_OR_RETURN(numbers.emplace_back(), Scalar(*arg, time));
    }
  }
  VARVE_RETURN_IF_ERROR(CheckModifiers(call, StripParens(*range)));
  if (name == "double_exponential_smoothing") {
    for (const double factor : numbers) {
      if (!(factor > 0 && factor < 1)) return FailedPrecondition("a smoothing factor of {}", factor);
    }
  }
  VARVE_ASSIGN_OR_RETURN(const Matrix windows, RangeVector(*range, time));
  Vector result;
  if (name == "absent_over_time") {
    if (windows.empty()) result.push_back({LabelsOfAbsent(StripParens(*range)), Number(1)});
    return result;
  }
  const bool keeps_name = name == "last_over_time" || name == "first_over_time";
  for (const Window& window : windows) {
    const WindowCall one = {.function = name, .window = window, .time = time, .numbers = numbers};
    const bool instant = name == "irate" || name == "idelta";
    const std::optional<Value> value = IsRate(name) ? Rate(one) : instant ? InstantRate(one) : OverTime(one);
    if (value.has_value()) result.push_back({keeps_name ? window.labels : WithoutName(window.labels), *value});
  }
  return result;
}

// The time of the sample itself if the argument is a selector, else that of the step.
absl::StatusOr<Vector> Evaluation::Timestamps(const Call& call, TimestampMs time) const {
  const Expr& arg = StripParens(*call.args[0]);
  ExprPtr plain = arg.Clone();
  auto* selector = plain->AsIf<VectorSelector>();
  if (selector != nullptr) selector->smoothed = false;  // samples that are made up have no time
  VARVE_ASSIGN_OR_RETURN(Vector vector, InstantVector(*plain, time));
  for (Element& element : vector) {
    TimestampMs at = time;
    if (selector != nullptr) {
      VARVE_ASSIGN_OR_RETURN(const TimestampMs moment, Moment(selector->shift, time));
      const SeriesSamples& samples = series_.at(element.labels);
      at = kMinTimestamp;
      for (const std::vector<TimestampMs>* times : {&samples.floats.times, &samples.histograms.times}) {
        const auto behind = std::ranges::upper_bound(*times, moment);
        if (behind != times->begin()) at = std::max(at, *(behind - 1));
      }
    }
    element = {WithoutName(element.labels), Number(SecondsOf(at))};
  }
  return vector;
}

absl::StatusOr<Labels> Evaluation::WithInfo(const Element& element, TimestampMs moment, const Matchers& wanted,
                                            bool& keep) const {
  LabelsBuilder builder(element.labels);
  bool found = false;
  for (const auto& [labels, samples] : series_) {
    const bool same_target =
        labels.Get("job") == element.labels.Get("job") && labels.Get("instance") == element.labels.Get("instance");
    if (labels.Get(kMetricName) != "target_info" || !same_target || !MatchesAll(wanted, labels)) continue;
    const auto behind = std::ranges::upper_bound(samples.floats.times, moment);
    if (behind == samples.floats.times.begin() || *(behind - 1) <= moment - kLookbackMs) continue;
    if (IsStaleNan(samples.floats.values[static_cast<size_t>(behind - samples.floats.times.begin()) - 1])) continue;
    found = true;
    for (const LabelView& label : labels) {
      const bool asked =
          wanted.empty() || std::ranges::any_of(wanted, [&](const Matcher& one) { return one.name() == label.name; });
      if (asked && label.name != kMetricName && !element.labels.Has(label.name)) builder.Set(label.name, label.value);
    }
  }
  keep = found || std::ranges::all_of(wanted, [](const Matcher& one) { return one.MatchesEmpty(); });
  return builder.Build();
}

absl::StatusOr<Vector> Evaluation::Info(const Call& call, TimestampMs time) const {
  const VectorSelector* first = nullptr;
  bool subquery = false;
  Walk(*call.args[0], [&](const Expr& node) {
    subquery |= node.kind() == ExprKind::kSubquery;
    if (first == nullptr) first = node.AsIf<VectorSelector>();
  });
  if (subquery || (first != nullptr && first->smoothed)) return Unimplemented("info() of what is not a plain selector");
  TimestampMs moment = time;
  if (first != nullptr) {
    VARVE_ASSIGN_OR_RETURN(moment, Moment(first->shift, time));
  }
  Matchers wanted;
  if (call.args.size() > 1) wanted = call.args[1]->As<VectorSelector>().matchers;
  VARVE_ASSIGN_OR_RETURN(const Vector vector, InstantVector(*call.args[0], time));
  Vector result;
  for (const Element& element : vector) {
    bool keep = true;
    Labels labels = element.labels;
    if (labels.Get(kMetricName) != "target_info") {
      VARVE_ASSIGN_OR_RETURN(labels, WithInfo(element, moment, wanted, keep));
    }
    if (keep) result.push_back({labels, element.value});
  }
  return result;
}

absl::StatusOr<Vector> Evaluation::CallFunction(const Call& call, TimestampMs time) const {
  const std::string_view name = call.name();
  Vector result;
  if (std::ranges::any_of(call.args, [](const ExprPtr& arg) { return arg->type() == ValueType::kMatrix; })) {
    VARVE_ASSIGN_OR_RETURN(result, OverWindows(call, time));
  } else if (name == "vector") {
    VARVE_ASSIGN_OR_RETURN(const double number, Scalar(*call.args[0], time));
    result.push_back({{}, Number(number)});
  } else if (name == "timestamp") {
    VARVE_ASSIGN_OR_RETURN(result, Timestamps(call, time));
  } else if (name.starts_with("histogram_")) {
    VARVE_ASSIGN_OR_RETURN(result, OfHistograms(call, time));
  } else if (name == "info") {
    VARVE_ASSIGN_OR_RETURN(result, Info(call, time));
  } else if (IsDateFunction(name) && call.args.empty()) {
    result.push_back({{}, Number(OfDate(name, std::floor(SecondsOf(time))))});
  } else {
    VARVE_ASSIGN_OR_RETURN(result, OfVector(call, time));
  }
  VARVE_RETURN_IF_ERROR(CheckDistinct(result));
  return result;
}

absl::StatusOr<Vector> Evaluation::OfVector(const Call& call, TimestampMs time) const {
  const std::string_view name = call.name();
  VARVE_ASSIGN_OR_RETURN(Vector vector, InstantVector(*call.args[0], time));
  const std::vector<std::string> texts = TextsOf(call);
  if (name == "label_replace") return LabelReplace(std::move(vector), texts);
  if (name == "label_join") return LabelJoin(std::move(vector), texts);
  if (name.starts_with("sort")) return Sorted(name, std::move(vector), texts);
  if (name == "start_timestamp") return Vector();  // nothing unless start timestamps are enabled
  if (name == "absent") {
    return vector.empty() ? Vector{{LabelsOfAbsent(StripParens(*call.args[0])), Number(1)}} : Vector();
  }
  if (!IsNumberFunction(name) && !IsDateFunction(name)) return Unimplemented("{}", name);
  std::vector<double> parameters;
  for (size_t i = 1; i < call.args.size(); ++i) {
    VARVE_ASSIGN_OR_RETURN(parameters.emplace_back(), Scalar(*call.args[i], time));
  }
  Vector result;
  for (const Element& element : vector) {
    if (element.value.is_histogram()) continue;
    const double number = element.value.number;
    if (IsDateFunction(name) && !(std::fabs(number) < 1e11)) return Unimplemented("the calendar of year {}", number / 3e7);
    const std::optional<double> value = IsDateFunction(name) ? OfDate(name, number) : OfNumber(name, number, parameters);
    if (value.has_value()) result.push_back({WithoutName(element.labels), Number(*value)});
  }
  return result;
}

}  // namespace varve::promql::reference
