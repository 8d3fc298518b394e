// histogram_quantile and its relatives: native histograms one by one, classic ones put together from their buckets.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/errors.h"
#include "base/float_text.h"
#include "base/status_macros.h"
#include "model/histogram_buckets.h"
#include "promql/testing/reference/evaluation.h"
#include "promql/testing/reference/histogram_functions.h"

namespace varve::promql::reference {
namespace {

struct Histograms {
  std::map<Labels, std::vector<ClassicBucket>> classic;
  Vector native;
};

// A target that has both kinds at once has neither.
Histograms Sort(const Vector& vector) {
  Histograms histograms;
  std::set<Labels> native;
  for (const Element& element : vector) {
    if (!element.value.is_histogram()) continue;
    histograms.native.push_back(element);
    native.insert(element.labels);
  }
  std::set<Labels> both;
  for (const Element& element : vector) {
    if (element.value.is_histogram()) continue;
    const absl::StatusOr<double> bound = ParseGoFloat(element.labels.Get(kBucketLabel));
    if (!bound.ok()) continue;
    LabelsBuilder builder(element.labels);
    builder.Del(kBucketLabel);
    const Labels labels = builder.Build();
    if (native.contains(labels)) {
      both.insert(labels);
    } else {
      histograms.classic[labels].push_back({*bound, element.value.number});
    }
  }
  std::erase_if(histograms.native, [&](const Element& element) { return both.contains(element.labels); });
  return histograms;
}

// Appends f(buckets) or f(histogram) of each.
template <typename Function>
void Append(const Histograms& histograms, const Function& function, Vector& result) {
  for (const Element& element : histograms.native) {
    result.push_back({WithoutName(element.labels), Number(function(*element.value.histogram))});
  }
  for (const auto& [labels, buckets] : histograms.classic) result.push_back({WithoutName(labels), Number(function(buckets))});
}

double Statistic(std::string_view name, const FloatHistogram& histogram) {
  if (name == "histogram_count") return histogram.count;
  if (name == "histogram_sum") return histogram.sum;
  if (name == "histogram_avg") return histogram.sum / histogram.count;
  const double variance = VarianceOf(histogram);
  return name == "histogram_stddev" ? std::sqrt(variance) : variance;
}

// 0.5, but 1.0 rather than 1.
std::string QuantileText(double q) {
  std::string text = FormatFloatGeneral(q);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

// For histogram_count, histogram_sum and histogram_avg Prometheus does not look at buckets, and takes other changes for resets than
// where it does: of gauges, and between the operands of + and -.
bool DependsOnResets(const Expr& expr) {
  bool rates = false, gauges = false, adds = false;
  Walk(expr, [&](const Expr& node) {
    if (const auto* call = node.AsIf<Call>())
      rates |= call->name().find("rate") != call->name().npos || call->name() == "increase";
    if (const auto* selector = node.AsIf<VectorSelector>()) {
      gauges |= std::ranges::all_of(selector->matchers,
                                    [](const Matcher& one) { return one.name() != kMetricName || one.Matches("hg"); });
    }
    adds |= node.kind() == ExprKind::kBinary;
  });
  return (rates && gauges) || adds;
}

}  // namespace

absl::StatusOr<Vector> Evaluation::OfHistograms(const Call& call, TimestampMs time) const {
  const std::string_view name = call.name();
  std::vector<double> numbers;
  Vector vector;
  for (const ExprPtr& arg : call.args) {
    if (arg->type() == ValueType::kVector) {
      VARVE_ASSIGN_OR_RETURN(vector, InstantVector(*arg, time));
    }
    if (arg->type() == ValueType::kScalar) {
      VARVE_ASSIGN_OR_RETURN(numbers.emplace_back(), Scalar(*arg, time));
    }
  }
  Vector result;
  const Histograms histograms = Sort(vector);
  for (const Element& element : histograms.native) {
    for (BucketIterator it(*element.value.histogram, BucketOrder::kAll); it.Next();) {
      if (it.At().count < 0) return Unimplemented("quantiles of less than nothing");  // deltas of gauges
    }
  }
  if (name == "histogram_quantile") {
    Append(
        histograms, [&](const auto& one) { return QuantileOf(numbers[0], one); }, result);
  } else if (name == "histogram_fraction") {
    Append(
        histograms, [&](const auto& one) { return FractionOf(numbers[0], numbers[1], one); }, result);
  } else if (name == "histogram_quantiles") {
    for (const double q : numbers) {
      Vector part;
      Append(
          histograms, [&](const auto& one) { return QuantileOf(q, one); }, part);
      for (Element& element : part) {
        LabelsBuilder builder(element.labels);
        builder.Set(StripParens(*call.args[1]).As<StringLiteral>().value, QuantileText(q));
        result.push_back({builder.Build(), element.value});
      }
    }
  } else {
    if (DependsOnResets(*call.args[0])) return Unimplemented("{} where resets matter", name);
    for (const Element& element : vector) {
      if (element.value.is_histogram()) {
        result.push_back({WithoutName(element.labels), Number(Statistic(name, *element.value.histogram))});
      }
    }
  }
  return result;
}

}  // namespace varve::promql::reference
