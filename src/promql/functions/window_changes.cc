#include "promql/functions/window_changes.h"

#include "base/cpu_clones.h"

namespace varve::promql {

VARVE_CLONES void WindowChanges::ExtrapolateColumns(const Columns& columns, size_t size, double divisor,
                                                    double* __restrict values) {
  for (size_t i = 0; i < size; ++i) {
    const double sampled = columns.sampled_ms[i] / 1000, average = sampled / columns.gaps[i];
    const double near = average * 1.1, half = average / 2;
    double to_start = columns.to_start_ms[i] / 1000, to_end = columns.to_end_ms[i] / 1000;
    to_start = to_start >= near ? half : to_start;
    to_end = to_end >= near ? half : to_end;

    const double change = columns.change[i], first = columns.first_value[i];
    const double to_zero = sampled * (first / change);
    const bool grows_from_zero = (change > 0) & (first >= 0) & (to_zero < to_start);
    to_start = grows_from_zero ? to_zero : to_start;

    const double factor = sampled != 0 ? (sampled + to_start + to_end) / sampled : 1;
    values[i] = change * (factor / divisor);
  }
}

}  // namespace varve::promql
