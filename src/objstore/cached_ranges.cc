#include "objstore/cached_ranges.h"

#include <algorithm>

namespace varve {

std::vector<PieceRun> PlanMissingPieces(const std::vector<bool>& is_there, size_t runs_max) {
  std::vector<PieceRun> runs;
  for (size_t i = 0; i < is_there.size(); ++i) {
    if (is_there[i]) continue;
    if (!runs.empty() && runs.back().last == i) {
      ++runs.back().last;
    } else {
      runs.push_back({i, i + 1});
    }
  }
  if (runs_max == 0 || runs.size() <= runs_max) return runs;

  std::vector<size_t> gaps;  // gap i is between runs i and i + 1
  for (size_t i = 0; i + 1 < runs.size(); ++i) gaps.push_back(i);
  const auto width = [&runs](size_t gap) { return runs[gap + 1].first - runs[gap].last; };
  std::stable_sort(gaps.begin(), gaps.end(), [&width](size_t a, size_t b) { return width(a) > width(b); });
  gaps.resize(runs_max - 1);  // the widest stay
  std::sort(gaps.begin(), gaps.end());
  std::vector<PieceRun> merged;
  size_t next = 0;
  for (const size_t gap : gaps) {
    merged.push_back({runs[next].first, runs[gap].last});
    next = gap + 1;
  }
  merged.push_back({runs[next].first, runs.back().last});
  return merged;
}

}  // namespace varve
