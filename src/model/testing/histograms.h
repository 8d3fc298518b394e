// Histograms for tests, from maps of bucket index to count.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/histogram.h"
#include "model/span_cursor.h"

namespace varve {

using BucketMap = std::map<int32_t, double>;

inline void SetSide(const BucketMap& buckets, std::vector<HistogramSpan>& spans, std::vector<double>& counts) {
  int32_t next = 0;
  for (const auto& [index, count] : buckets) {
    if (spans.empty() || index != next) spans.push_back({index - next, 0});
    ++spans.back().length;
    counts.push_back(count);
    next = index + 1;
  }
}

inline BucketMap SideOf(const std::vector<HistogramSpan>& spans, const std::vector<double>& counts) {
  BucketMap buckets;
  for (SpanCursor at(spans, counts.size()); at.Next();) buckets[static_cast<int32_t>(at.index())] = counts[at.position()];
  return buckets;
}

// Count and sum follow from the buckets: the sum is twice the count.
inline FloatHistogram MakeHistogram(int32_t schema, const BucketMap& positive, const BucketMap& negative = {},
                                    double zero_count = 0, double zero_threshold = 0) {
  FloatHistogram histogram;
  histogram.schema = schema;
  histogram.zero_count = histogram.count = zero_count;
  histogram.zero_threshold = zero_threshold;
  for (const auto& [index, count] : positive) histogram.count += count;
  for (const auto& [index, count] : negative) histogram.count += count;
  histogram.sum = 2 * histogram.count;
  SetSide(positive, histogram.positive_spans, histogram.positive);
  SetSide(negative, histogram.negative_spans, histogram.negative);
  return histogram;
}

inline FloatHistogram MakeCustomHistogram(std::vector<double> bounds, const BucketMap& buckets) {
  FloatHistogram histogram = MakeHistogram(kCustomBucketsSchema, buckets);
  histogram.custom_values = std::move(bounds);
  return histogram;
}

}  // namespace varve
