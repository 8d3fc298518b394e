#include "promql/engine/range_samples.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "model/column_scans.h"

namespace varve::promql {
namespace {

// `kept` is where the first marker stands.
template <typename Columns, typename IsStale>
void RemoveStaleFrom(size_t kept, Columns& columns, const IsStale& is_stale) {
  if (kept == columns.size()) return;
  for (size_t i = kept + 1; i < columns.size(); ++i) {
    if (is_stale(columns.values[i])) continue;
    columns.times[kept] = columns.times[i];
    columns.values[kept] = std::move(columns.values[i]);
    if (!columns.start_times.empty()) columns.start_times[kept] = columns.start_times[i];
    ++kept;
  }
  columns.times.resize(kept);
  columns.values.resize(kept);
  if (!columns.start_times.empty()) columns.start_times.resize(kept);
}

}  // namespace

void RemoveStale(SeriesSamples& samples) {
  RemoveStaleFrom(FindStale(samples.floats.values), samples.floats, IsStaleNan);
  const auto is_stale = [](const FloatHistogram& histogram) { return histogram.is_stale(); };
  const std::vector<FloatHistogram>& histograms = samples.histograms.values;
  const auto first = std::find_if(histograms.begin(), histograms.end(), is_stale) - histograms.begin();
  RemoveStaleFrom(static_cast<size_t>(first), samples.histograms, is_stale);
}

}  // namespace varve::promql
