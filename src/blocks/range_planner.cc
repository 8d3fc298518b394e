#include "blocks/range_planner.h"

#include <algorithm>

#include "base/check.h"

namespace varve {

ReadCost ReadCostOf(std::string_view provider) {
  const bool is_local = provider == "FILESYSTEM" || provider == "MEMORY";
  return is_local ? ReadCost{.gap_bytes_max = 4 << 10, .window_bytes = 1 << 20, .series_batch = 1024, .is_remote = false}
                  : ReadCost{};
}

std::vector<PlannedRead> PlanReads(std::span<const ByteRange> wanted, const ReadCost& cost) {
  std::vector<PlannedRead> plan;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const ByteRange& range = wanted[i];
    VARVE_CHECK(range.begin <= range.end && (i == 0 || wanted[i - 1].begin <= range.begin));
    if (!plan.empty()) {
      PlannedRead& read = plan.back();
      const uint64_t joined_end = std::max(read.range.end, range.end);
      const bool near = range.begin <= read.range.end || range.begin - read.range.end <= cost.gap_bytes_max;
      const bool inside = joined_end == read.range.end;
      if (inside || (near && joined_end - read.range.begin <= cost.read_bytes_max)) {
        read.range.end = joined_end;
        read.last = i + 1;
        continue;
      }
    }
    plan.push_back({.range = range, .first = i, .last = i + 1});
  }
  return plan;
}

}  // namespace varve
