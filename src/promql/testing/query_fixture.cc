#include "promql/testing/query_fixture.h"

#include <utility>

#include "promql/testing/every_feature.h"
#include "promql/testing/script.h"

namespace varve::promql {
namespace {

SeriesSamples SamplesOf(const StepGrid& grid, const StepSeries& series) {
  SeriesSamples samples;
  series.present.ForEach([&](size_t step) {
    if (series.IsHistogram(step)) {
      samples.histograms.Append(grid.At(step), *series.histograms[step]);
    } else {
      samples.floats.Append(grid.At(step), series.values[step]);
    }
  });
  return samples;
}

PromqlTestResult ToTestResult(absl::StatusOr<QueryResult> answer) {
  PromqlTestResult result;
  result.status = answer.status();
  if (!answer.ok()) return result;
  result.type = answer->type;
  for (const StepSeries& series : answer->series) result.series.push_back({series.labels, SamplesOf(answer->grid, series)});
  for (RawSeries& series : answer->raw) result.series.push_back({series.labels, std::move(series.samples)});
  if (answer->type == ValueType::kScalar) result.scalar = answer->series.at(0).values.at(0);
  result.text = std::move(answer->text);
  result.warnings = std::move(answer->warnings);
  result.infos = std::move(answer->infos);
  return result;
}

}  // namespace

EngineOptions ScriptEngineOptions() {
  EngineOptions options;
  options.samples_max = 50'000;
  options.delayed_name_removal = true;
  options.use_start_timestamps = true;
  options.parser = kEveryFeature;
  return options;
}

PromqlTestEngine EngineUnderTest(const Engine& engine) {
  return [&engine](SeriesSource& source, const PromqlTestQuery& query) {
    if (!query.is_range) return ToTestResult(engine.Instant(Context(), source, query.text, query.start));
    return ToTestResult(engine.Range(Context(), source, query.text, {query.start, query.end, query.step_ms}));
  };
}

std::vector<std::string> ScriptFailures(std::string_view script, EngineOptions options) {
  const Engine engine(std::move(options));
  absl::StatusOr<ScriptReport> report = RunScript(script, EngineUnderTest(engine));
  if (!report.ok()) return {report.status().ToString()};
  if (report->evals == 0) return {"the script evaluates nothing"};
  return std::move(report->failures);
}

}  // namespace varve::promql
