#include "promql/testing/result_text.h"

#include <fmt/format.h>

#include <bit>

namespace varve::promql {
namespace {

std::string Text(double value) { return fmt::format("{} ({:016x})", value, std::bit_cast<uint64_t>(value)); }

std::string Text(const FloatHistogram& histogram) {
  std::string text = fmt::format("histogram schema {} hint {} count {} sum {} zero {} {}", histogram.schema,
                                 static_cast<int>(histogram.reset_hint), Text(histogram.count), Text(histogram.sum),
                                 Text(histogram.zero_threshold), Text(histogram.zero_count));
  const auto spans = [&text](const auto& list) {
    for (const HistogramSpan& span : list) text += fmt::format(" [{}+{}]", span.offset, span.length);
  };
  const auto values = [&text](const auto& list) {
    for (const double value : list) text += " " + Text(value);
  };
  spans(histogram.positive_spans);
  values(histogram.positive);
  spans(histogram.negative_spans);
  values(histogram.negative);
  values(histogram.custom_values);
  return text;
}

}  // namespace

std::string ExactTextOfValues(const absl::StatusOr<QueryResult>& result) {
  if (!result.ok()) return result.status().ToString();
  std::string text = fmt::format("{} {}\n", ToString(result->type), result->text);
  for (const StepSeries& series : result->series) {
    text += series.labels.ToString() + "\n";
    series.present.ForEach([&](size_t step) {
      text += fmt::format("  {}: {}\n", result->grid.At(step),
                          series.IsHistogram(step) ? Text(*series.histograms[step]) : Text(series.values[step]));
    });
  }
  for (const RawSeries& series : result->raw) {
    text += series.labels.ToString() + "\n";
    const FloatColumns& floats = series.samples.floats;
    const HistogramColumns& histograms = series.samples.histograms;
    for (size_t i = 0; i < floats.size(); ++i) text += fmt::format("  {}: {}\n", floats.times[i], Text(floats.values[i]));
    for (size_t i = 0; i < histograms.size(); ++i) {
      text += fmt::format("  {}: {}\n", histograms.times[i], Text(histograms.values[i]));
    }
  }
  return text;
}

std::string ExactText(const absl::StatusOr<QueryResult>& result) {
  std::string text = ExactTextOfValues(result);
  if (!result.ok()) return text;
  for (const std::string& warning : result->warnings) text += warning + "\n";
  for (const std::string& info : result->infos) text += info + "\n";
  return text;
}

}  // namespace varve::promql
