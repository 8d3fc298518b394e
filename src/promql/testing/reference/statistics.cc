#include "promql/testing/reference/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/histogram_arithmetic.h"

namespace varve::promql::reference {
namespace {

long double ExactSum(const std::vector<double>& values) {
  long double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

}  // namespace

double Sum(const std::vector<double>& values) { return static_cast<double>(ExactSum(values)); }

double Mean(const std::vector<double>& values) {
  return static_cast<double>(ExactSum(values) / static_cast<long double>(values.size()));
}

double Variance(const std::vector<double>& values) {
  const auto count = static_cast<long double>(values.size());
  const long double mean = ExactSum(values) / count;
  long double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return static_cast<double>(squares / count);
}

double Smallest(const std::vector<double>& values) {
  double smallest = values.at(0);
  for (const double value : values) {
    if (value < smallest || std::isnan(smallest)) smallest = value;
  }
  return smallest;
}

double Largest(const std::vector<double>& values) {
  double largest = values.at(0);
  for (const double value : values) {
    if (value > largest || std::isnan(largest)) largest = value;
  }
  return largest;
}

double Quantile(double q, std::vector<double> values) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (values.empty() || std::isnan(q)) return NAN;
  if (q < 0) return -kInf;
  if (q > 1) return kInf;
  std::ranges::sort(values, [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });  // NaN is the smallest
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(rank), above = std::min(values.size() - 1, below + 1);
  const double weight = rank - std::floor(rank);
  return values[below] * (1 - weight) + values[above] * weight;
}

std::optional<Value> SumOf(const std::vector<HistogramPtr>& histograms, bool mean) {
  FloatHistogram sum = *histograms.at(0);
  std::optional<FloatHistogram> compensation;
  for (size_t i = 1; i < histograms.size(); ++i) {
    if (!KahanAddHistogram(sum, compensation, *histograms[i]).ok()) return std::nullopt;
  }
  if (compensation.has_value() && !AddHistogram(sum, *compensation).ok()) return std::nullopt;
  if (mean) DivideHistogram(sum, static_cast<double>(histograms.size()));
  CompactHistogram(sum);
  return Histogram(std::move(sum));
}

}  // namespace varve::promql::reference
