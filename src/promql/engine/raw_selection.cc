#include "promql/engine/raw_selection.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "promql/engine/range_samples.h"

namespace varve::promql {
namespace {

int64_t CountSamples(const SeriesSamples& samples) {
  auto count = static_cast<int64_t>(samples.floats.size());
  for (const FloatHistogram& histogram : samples.histograms.values) count += HistogramSampleCount(histogram);
  return count;
}

}  // namespace

absl::StatusOr<std::vector<RawSeries>> SelectRaw(const Context& ctx, QueryState& query, const MatrixSelector& matrix) {
  const TimeShift& shift = matrix.selector->shift;
  const TimestampMs end = shift.at.value_or(query.grid.start) - shift.offset.ms();
  SelectRequest request = {.range = {.min = end - matrix.length.ms() + 1, .max_inclusive = end},
                           .matchers = matrix.selector->matchers,
                           .hints = {.range_ms = matrix.length.ms()}};
  VARVE_ASSIGN_OR_RETURN(const std::unique_ptr<SeriesSet> set, query.source.Select(ctx, request));
  HeldSamples held(query, ctx.memory());
  std::vector<RawSeries> all;
  while (set->Next()) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    RawSeries series = {.labels = set->At()->labels(), .samples = {}};
    VARVE_RETURN_IF_ERROR(set->At()->Read(ctx, request.range, series.samples));
    RemoveStale(series.samples);
    if (series.samples.empty()) continue;
    const int64_t count = CountSamples(series.samples);
    query.samples.CountQueried(count);
    query.samples.CountRead(count);
    VARVE_RETURN_IF_ERROR(held.Add(count, count * 16));
    all.push_back(std::move(series));
  }
  VARVE_RETURN_IF_ERROR(Annotate(set->status(), "expanding series"));
  for (std::string& warning : set->warnings()) query.annotations.AddSourceWarning(std::move(warning));
  return all;
}

}  // namespace varve::promql
