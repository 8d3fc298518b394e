#include "promql/testing/classic_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "model/histogram_arithmetic.h"

namespace varve::promql {

ClassicName SplitClassicName(std::string_view name) {
  constexpr std::pair<std::string_view, ClassicPart> kSuffixes[] = {
      {"_bucket", ClassicPart::kBucket}, {"_count", ClassicPart::kCount}, {"_sum", ClassicPart::kSum}};
  for (const auto& [suffix, part] : kSuffixes) {
    if (name.ends_with(suffix)) return {part, name.substr(0, name.size() - suffix.size())};
  }
  return {ClassicPart::kNone, name};
}

absl::StatusOr<FloatHistogram> ClassicHistogram::ToNative() const {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  FloatHistogram histogram;
  histogram.schema = kCustomBucketsSchema;
  histogram.sum = sum;
  histogram.count = count.value_or(buckets.empty() ? 0 : buckets.rbegin()->second);
  std::map<double, double> complete = buckets;
  complete.emplace(kInf, histogram.count);
  double below = 0;
  bool whole = histogram.count == std::round(histogram.count);
  for (const auto& [bound, cumulative] : complete) {
    if (cumulative < below) return InvalidArgument("count is not cumulative: {} < {}", cumulative, below);
    histogram.positive.push_back(cumulative - below);
    if (bound != kInf) histogram.custom_values.push_back(bound);
    whole = whole && cumulative == std::round(cumulative);
    below = cumulative;
  }
  if (below != histogram.count) return InvalidArgument("count mismatch: count={} != le=+Inf count={}", histogram.count, below);
  histogram.positive_spans = {{0, static_cast<uint32_t>(histogram.positive.size())}};
  CompactHistogram(histogram, whole ? 2 : 0);
  return histogram;
}

}  // namespace varve::promql
