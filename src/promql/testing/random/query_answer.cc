#include "promql/testing/random/query_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/errors.h"
#include "base/float_text.h"
#include "model/histogram_buckets.h"

namespace varve::promql {
namespace {

// As the HTTP API counts them: 0 open below, 1 open above, 2 open on both sides, 3 closed on both sides.
int BoundaryRule(const HistogramBucket& bucket) {
  if (bucket.lower_inclusive) return bucket.upper_inclusive ? 3 : 1;
  return bucket.upper_inclusive ? 0 : 2;
}

AnswerSeries ToAnswer(const StepGrid& grid, const StepSeries& series) {
  AnswerSeries answer{.labels = series.labels, .points = {}};
  series.present.ForEach([&](size_t step) {
    AnswerPoint& point = answer.points.emplace_back(AnswerPoint{.time = grid.At(step), .value = 0, .histogram = {}});
    if (series.IsHistogram(step)) {
      point.histogram = HistogramNumbers(*series.histograms[step]);
    } else {
      point.value = series.values[step];
    }
  });
  return answer;
}

AnswerSeries ToAnswer(const RawSeries& series) {
  AnswerSeries answer{.labels = series.labels, .points = {}};
  const SeriesSamples& samples = series.samples;
  for (size_t i = 0; i < samples.floats.size(); ++i) {
    answer.points.push_back({.time = samples.floats.times[i], .value = samples.floats.values[i], .histogram = {}});
  }
  for (size_t i = 0; i < samples.histograms.size(); ++i) {
    answer.points.push_back(
        {.time = samples.histograms.times[i], .value = 0, .histogram = HistogramNumbers(samples.histograms.values[i])});
  }
  std::ranges::sort(answer.points, {}, &AnswerPoint::time);
  return answer;
}

std::string ToString(const AnswerPoint& point) {
  if (!point.is_histogram()) return FormatFloatGeneral(point.value);
  return fmt::format("{{count:{} sum:{} {}}}", point.histogram[0], point.histogram[1],
                     fmt::join(point.histogram.begin() + 2, point.histogram.end(), " "));
}

}  // namespace

std::vector<double> HistogramNumbers(const FloatHistogram& histogram) {
  std::vector<double> numbers = {histogram.count, histogram.sum};
  for (BucketIterator it(histogram, BucketOrder::kAll); it.Next();) {
    const HistogramBucket& bucket = it.At();
    if (bucket.count == 0) continue;
    numbers.insert(numbers.end(), {static_cast<double>(BoundaryRule(bucket)), bucket.lower, bucket.upper, bucket.count});
  }
  return numbers;
}

QueryAnswer ToAnswer(const absl::StatusOr<QueryResult>& result) {
  QueryAnswer answer;
  answer.status = result.status();
  if (!result.ok()) return answer;
  answer.type = result->type;
  for (const StepSeries& series : result->series) {
    if (!series.empty()) answer.series.push_back(ToAnswer(result->grid, series));
  }
  for (const RawSeries& series : result->raw) {
    if (!series.samples.empty()) answer.series.push_back(ToAnswer(series));
  }
  answer.text = result->text;
  answer.warnings = result->warnings;
  answer.infos = result->infos;
  return answer;
}

std::string ToString(const QueryAnswer& answer) {
  if (!answer.status.ok()) return fmt::format("  fails: {}\n", Message(answer.status));
  std::string text;
  if (answer.series.empty()) text = fmt::format("  empty {} {}\n", ToString(answer.type), answer.text);
  constexpr size_t kSeriesMax = 6, kPointsMax = 8;
  for (const AnswerSeries& series : answer.series) {
    if (&series == &answer.series[std::min(kSeriesMax, answer.series.size() - 1)] && answer.series.size() > kSeriesMax) {
      text += fmt::format("  and {} more\n", answer.series.size() - kSeriesMax);
      break;
    }
    text += "  " + series.labels.ToString();
    for (size_t i = 0; i < std::min(kPointsMax, series.points.size()); ++i) {
      text += fmt::format(" {}@{}", ToString(series.points[i]), series.points[i].time);
    }
    text += series.points.size() > kPointsMax ? " ...\n" : "\n";
  }
  for (const std::string& warning : answer.warnings) text += "  warns: " + warning + "\n";
  for (const std::string& info : answer.infos) text += "  notes: " + info + "\n";
  return text;
}

}  // namespace varve::promql
