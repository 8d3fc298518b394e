#include "api/sample_protos.h"

#include "store/proto_convert.h"

namespace varve {
namespace {

void SetSpans(const std::vector<HistogramSpan>& spans, google::protobuf::RepeatedPtrField<prometheus_copy::BucketSpan>& out) {
  for (const HistogramSpan& span : spans) {
    prometheus_copy::BucketSpan& one = *out.Add();
    one.set_offset(span.offset);
    one.set_length(span.length);
  }
}

}  // namespace

void ToProto(const FloatHistogram& histogram, prometheus_copy::Histogram& out) {
  out.set_count_float(histogram.count);
  out.set_sum(histogram.sum);
  out.set_schema(histogram.schema);
  out.set_zero_threshold(histogram.zero_threshold);
  out.set_zero_count_float(histogram.zero_count);
  SetSpans(histogram.negative_spans, *out.mutable_negative_spans());
  SetSpans(histogram.positive_spans, *out.mutable_positive_spans());
  out.mutable_negative_counts()->Add(histogram.negative.begin(), histogram.negative.end());
  out.mutable_positive_counts()->Add(histogram.positive.begin(), histogram.positive.end());
  out.set_reset_hint(static_cast<prometheus_copy::Histogram::ResetHint>(histogram.reset_hint));  // the numbers are the same
  out.mutable_custom_values()->Add(histogram.custom_values.begin(), histogram.custom_values.end());
}

void ToProto(const promql::StepSeries& series, const promql::StepGrid& grid, prometheus_copy::TimeSeries& out) {
  ToProto(series.labels, *out.mutable_labels());
  series.present.ForEach([&](size_t step) {
    if (!series.histograms.empty() && series.histograms[step] != nullptr) {
      prometheus_copy::Histogram& one = *out.add_histograms();
      ToProto(*series.histograms[step], one);
      one.set_timestamp(grid.At(step));
    } else {
      prometheus_copy::Sample& one = *out.add_samples();
      one.set_value(series.values[step]);
      one.set_timestamp(grid.At(step));
    }
  });
}

}  // namespace varve
