// Numbers taken out of native histograms: histogram_count, histogram_sum, histogram_avg, histogram_stddev, histogram_stdvar. Floats
// have none and are dropped.
//
// Source   prometheus promql/functions.go.
#include <cmath>

#include "promql/functions/function_tables.h"
#include "promql/functions/native_histogram.h"

namespace varve::promql {
namespace {

double CountOf(const FloatHistogram& histogram) { return histogram.count; }
double SumOf(const FloatHistogram& histogram) { return histogram.sum; }
double MeanOf(const FloatHistogram& histogram) { return histogram.sum / histogram.count; }
double DeviationOf(const FloatHistogram& histogram) { return std::sqrt(VarianceOfHistogram(histogram)); }

template <double (*kValue)(const FloatHistogram&)>
absl::Status ValueOf(const FunctionCall&, StepSeries& series, Annotations&) {
  series.present.ForEach([&](size_t step) {
    if (series.IsHistogram(step)) {
      series.values[step] = kValue(*series.histograms[step]);
    } else {
      series.present.Clear(step);
    }
  });
  series.histograms.clear();
  return absl::OkStatus();
}

constexpr FunctionImpl kFunctions[] = {
    {.name = "histogram_avg", .instant = ValueOf<MeanOf>},
    {.name = "histogram_count", .instant = ValueOf<CountOf>},
    {.name = "histogram_stddev", .instant = ValueOf<DeviationOf>},
    {.name = "histogram_stdvar", .instant = ValueOf<VarianceOfHistogram>},
    {.name = "histogram_sum", .instant = ValueOf<SumOf>},
};

}  // namespace

std::span<const FunctionImpl> HistogramValueFunctions() { return kFunctions; }

}  // namespace varve::promql
