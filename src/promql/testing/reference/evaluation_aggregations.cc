// sum, topk and their like: one group after the other.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/hash.h"
#include "base/status_macros.h"
#include "model/histogram_text.h"
#include "promql/testing/reference/evaluation.h"
#include "promql/testing/reference/statistics.h"

namespace varve::promql::reference {
namespace {

Labels GroupOf(const AggregateExpr& aggregate, const Labels& labels) {
  LabelsBuilder builder(labels);
  if (aggregate.without) {
    for (const std::string& name : aggregate.grouping) builder.Del(name);
    builder.Del(kMetricName);
  } else {
    builder.Keep(aggregate.grouping);
  }
  return builder.Build();
}

std::vector<double> FloatsOf(const Vector& group) {
  std::vector<double> floats;
  for (const Element& element : group) {
    if (!element.value.is_histogram()) floats.push_back(element.value.number);
  }
  return floats;
}

std::vector<HistogramPtr> HistogramsOf(const Vector& group) {
  std::vector<HistogramPtr> histograms;
  for (const Element& element : group) {
    if (element.value.is_histogram()) histograms.push_back(element.value.histogram);
  }
  return histograms;
}

// One value for a group; nothing if it has none, or mixes what cannot be added.
std::optional<Value> Reduce(const AggregateExpr& aggregate, double param, const Vector& group) {
  const std::vector<double> floats = FloatsOf(group);
  const std::vector<HistogramPtr> histograms = HistogramsOf(group);
  switch (aggregate.op) {
    case AggregateOp::kCount: return Number(static_cast<double>(group.size()));
    case AggregateOp::kGroup: return Number(1);
    case AggregateOp::kSum:
    case AggregateOp::kAvg:
      if (!floats.empty() && !histograms.empty()) return std::nullopt;
      if (!histograms.empty()) return SumOf(histograms, aggregate.op == AggregateOp::kAvg);
      return Number(aggregate.op == AggregateOp::kSum ? Sum(floats) : Mean(floats));
    default: break;
  }
  if (floats.empty()) return std::nullopt;
  switch (aggregate.op) {
    case AggregateOp::kMin: return Number(Smallest(floats));
    case AggregateOp::kMax: return Number(Largest(floats));
    case AggregateOp::kStddev: return Number(std::sqrt(Variance(floats)));
    case AggregateOp::kStdvar: return Number(Variance(floats));
    case AggregateOp::kQuantile: return Number(Quantile(param, floats));
    default: return std::nullopt;
  }
}

// Between 0 and 1, evenly spread: a hash over names and values, each after its length (which fits a byte here).
double PlaceOf(const Labels& labels) {
  std::string bytes;
  for (const LabelView& label : labels) {
    for (const std::string_view text : {label.name, label.value}) {
      bytes += static_cast<char>(text.size());
      bytes += text;
    }
  }
  return static_cast<double>(XxHash64(bytes)) / 18446744073709551615.0;
}

// The k best of a group, which stay as they are.
absl::StatusOr<Vector> Choose(AggregateOp op, double k, Vector group) {
  if (op == AggregateOp::kLimitRatio) {
    const double ratio = std::clamp(k, -1.0, 1.0);
    std::erase_if(group, [ratio](const Element& element) {
      const double place = PlaceOf(element.labels);
      return ratio >= 0 ? place >= ratio : place < 1 + ratio;
    });
    return group;
  }
  if (op != AggregateOp::kLimitk) {
    std::erase_if(group, [](const Element& element) { return element.value.is_histogram(); });
    std::ranges::stable_sort(group, [op](const Element& a, const Element& b) {
      if (std::isnan(b.value.number)) return !std::isnan(a.value.number);
      return op == AggregateOp::kTopk ? a.value.number > b.value.number : a.value.number < b.value.number;
    });
  }
  if (static_cast<double>(group.size()) > k) group.resize(k < 1 ? 0 : static_cast<size_t>(k));
  return group;
}

// Adds what has labels that are in `result` already to it: groups that differ in the label of count_values alone.
void AddCounts(const Vector& part, Vector& result) {
  for (const Element& element : part) {
    const auto same = std::ranges::find(result, element.labels, &Element::labels);
    if (same == result.end()) {
      result.push_back(element);
    } else {
      same->value.number += element.value.number;
    }
  }
}

Vector CountValues(const std::string& label, const Labels& labels, const Vector& group) {
  std::map<Labels, double> counts;
  for (const Element& element : group) {
    LabelsBuilder builder(labels);
    builder.Set(label,
                element.value.is_histogram() ? ToString(*element.value.histogram) : FormatFloatFixed(element.value.number));
    ++counts[builder.Build()];
  }
  Vector result;
  for (const auto& [value, count] : counts) result.push_back({value, Number(count)});
  return result;
}

bool Chooses(AggregateOp op) {
  return op == AggregateOp::kTopk || op == AggregateOp::kBottomk || op == AggregateOp::kLimitk || op == AggregateOp::kLimitRatio;
}

}  // namespace

absl::StatusOr<Vector> Evaluation::Aggregate(const AggregateExpr& aggregate, TimestampMs time) const {
  VARVE_ASSIGN_OR_RETURN(const Vector vector, InstantVector(*aggregate.expr, time));
  double param = 0;
  if (aggregate.param != nullptr && aggregate.param->type() == ValueType::kScalar) {
    VARVE_ASSIGN_OR_RETURN(param, Scalar(*aggregate.param, time));
    if (Chooses(aggregate.op) && std::isnan(param)) return FailedPrecondition("Parameter value is NaN");
  }
  std::vector<Labels> order;
  std::map<Labels, Vector> groups;
  for (const Element& element : vector) {
    const Labels labels = GroupOf(aggregate, element.labels);
    if (!groups.contains(labels)) order.push_back(labels);
    groups[labels].push_back(element);
  }
  Vector result;
  for (const Labels& labels : order) {
    const Vector& group = groups[labels];
    Vector part;
    if (Chooses(aggregate.op)) {
      VARVE_ASSIGN_OR_RETURN(part, Choose(aggregate.op, param, group));
    } else if (aggregate.op == AggregateOp::kCountValues) {
      AddCounts(CountValues(StripParens(*aggregate.param).As<StringLiteral>().value, labels, group), result);
    } else if (const std::optional<Value> value = Reduce(aggregate, param, group)) {
      part.push_back({labels, *value});
    }
    result.insert(result.end(), part.begin(), part.end());
  }
  VARVE_RETURN_IF_ERROR(CheckDistinct(result));
  return result;
}

}  // namespace varve::promql::reference
