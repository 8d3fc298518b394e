#include "promql/engine/range_samples.h"

#include <utility>

namespace varve::promql {
namespace {

// Stale markers are rare, so look before moving anything.
template <typename Columns, typename IsStale>
void RemoveStaleOf(Columns& columns, const IsStale& is_stale) {
  size_t kept = 0;
  while (kept < columns.size() && !is_stale(columns.values[kept])) ++kept;
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
  RemoveStaleOf(samples.floats, IsStaleNan);
  RemoveStaleOf(samples.histograms, [](const FloatHistogram& histogram) { return histogram.is_stale(); });
}

}  // namespace varve::promql
