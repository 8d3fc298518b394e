#include "promql/functions/window_sums.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstddef>

#include "base/cpu_clones.h"

namespace varve::promql {
namespace {

constexpr size_t kLanes = 4;

struct Lanes {
  std::array<const double*, kLanes> values;
  std::array<double, kLanes> sums, compensations;
};

// Adds the next `count` values of every lane. Knuth's two-sum has no branch and the same exact error as KahanSum.
VARVE_CLONES void AddToLanes(Lanes& lanes, size_t count) {
  Lanes at = lanes;
  for (size_t i = 0; i < count; ++i) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const double value = at.values[lane][i], sum = at.sums[lane];
      const double total = sum + value;
      const double rounded = total - sum;
      const double error = (sum - (total - rounded)) + (value - rounded);
      at.compensations[lane] = std::abs(total) > DBL_MAX ? 0 : at.compensations[lane] + error;
      at.sums[lane] = total;
    }
  }
  lanes.sums = at.sums;
  lanes.compensations = at.compensations;
}

}  // namespace

std::vector<KahanSum> SumWindows(std::span<const double> values, std::span<const Window> windows, SumFrom from) {
  std::vector<KahanSum> sums(windows.size());
  const uint32_t skipped = from == SumFrom::kFirstValue ? 1 : 0;
  size_t step = 0;
  const auto finish = [&](size_t window, size_t done) {
    const Window& range = windows[window];
    for (size_t i = range.begin + done; i < range.end; ++i) sums[window].Add(values[i]);
  };
  for (; step + kLanes <= windows.size(); step += kLanes) {
    Lanes lanes = {};
    size_t common = SIZE_MAX;
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const Window& window = windows[step + lane];
      common = std::min<size_t>(common, window.size());
      lanes.values[lane] = values.data() + window.begin + skipped;
      if (skipped == 1 && !window.empty()) sums[step + lane].sum = lanes.sums[lane] = values[window.begin];
    }
    if (common > skipped) AddToLanes(lanes, common - skipped);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      if (common > skipped) sums[step + lane] = {lanes.sums[lane], lanes.compensations[lane]};
      finish(step + lane, std::max<size_t>(common, skipped));
    }
  }
  for (; step < windows.size(); ++step) {
    if (skipped == 1 && !windows[step].empty()) sums[step].sum = values[windows[step].begin];
    finish(step, skipped);
  }
  return sums;
}

}  // namespace varve::promql
