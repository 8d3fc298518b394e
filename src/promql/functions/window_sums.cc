#include "promql/functions/window_sums.h"

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstddef>

#include "base/avx512.h"
#include "base/cpu_clones.h"

namespace varve::promql {
namespace {

constexpr size_t kLanes = 8;

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

#if VARVE_HAVE_AVX512
// The same, a lane of a register each: eight values of each lane are turned into eight rows.
VARVE_AVX512 void AddToLanesAvx512(Lanes& lanes, size_t count) {
  __m512d sums = _mm512_loadu_pd(lanes.sums.data()), compensations = _mm512_loadu_pd(lanes.compensations.data());
  const __m512d largest = _mm512_set1_pd(DBL_MAX);
  for (size_t i = 0; i < count; i += kLanes) {
    const size_t some = std::min(count - i, kLanes);
    const __mmask8 within = static_cast<__mmask8>((1u << some) - 1);
    __m512i values[kLanes], rows[kLanes];
#pragma GCC unroll 8
    for (size_t lane = 0; lane < kLanes; ++lane) values[lane] = _mm512_maskz_loadu_epi64(within, lanes.values[lane] + i);
    Transpose(values, rows);
#pragma GCC unroll 8
    for (size_t row = 0; row < kLanes; ++row) {
      if (row == some) break;
      const __m512d value = _mm512_castsi512_pd(rows[row]);
      const __m512d total = _mm512_add_pd(sums, value);
      const __m512d rounded = _mm512_sub_pd(total, sums);
      const __m512d error = _mm512_add_pd(_mm512_sub_pd(sums, _mm512_sub_pd(total, rounded)), _mm512_sub_pd(value, rounded));
      const __mmask8 too_large = _mm512_cmp_pd_mask(_mm512_abs_pd(total), largest, _CMP_GT_OQ);
      compensations = _mm512_maskz_add_pd(static_cast<__mmask8>(~too_large), compensations, error);
      sums = total;
    }
  }
  _mm512_storeu_pd(lanes.sums.data(), sums);
  _mm512_storeu_pd(lanes.compensations.data(), compensations);
}
#endif

auto FastestAdd() {
#if VARVE_HAVE_AVX512
  if (HaveAvx512()) return AddToLanesAvx512;
#endif
  return AddToLanes;
}

}  // namespace

std::vector<KahanSum> SumWindows(std::span<const double> values, std::span<const Window> windows, SumFrom from) {
  std::vector<KahanSum> sums(windows.size());
  const uint32_t skipped = from == SumFrom::kFirstValue ? 1 : 0;
  const auto add = FastestAdd();
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
      if (window.empty()) continue;  // there may be no values at all to point to
      lanes.values[lane] = values.data() + window.begin + skipped;
      if (skipped == 1) sums[step + lane].sum = lanes.sums[lane] = values[window.begin];
    }
    if (common > skipped) add(lanes, common - skipped);
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
