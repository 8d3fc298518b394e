#include "storage/join_chunks.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <tuple>

namespace varve {
namespace {

auto Times(const ChunkView& chunk) { return std::tuple(chunk.min_time, chunk.max_time); }

int CompareContent(const ChunkView& a, const ChunkView& b) {
  const auto shape = [](const ChunkView& chunk) { return std::tuple(chunk.aggregate, chunk.encoding, chunk.data.size()); };
  if (shape(a) != shape(b)) return shape(a) < shape(b) ? -1 : 1;
  return a.data.empty() ? 0 : std::memcmp(a.data.data(), b.data.data(), a.data.size());
}

int CompareContent(ChunkUnit a, ChunkUnit b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (const int compared = CompareContent(a[i], b[i]); compared != 0) return compared;
  }
  return 0;
}

// Keeps the first of each group of equal units in [begin, end), whose times are all equal; returns the new end.
ChunkView* DropCopies(ChunkView* begin, ChunkView* end) {
  const std::vector<ChunkUnit> units = ChunkUnits({begin, end});
  std::vector<size_t> order(units.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const int compared = CompareContent(units[a], units[b]);
    return compared != 0 ? compared < 0 : a < b;
  });
  std::vector<bool> copy(order.size(), false);
  for (size_t i = 1; i < order.size(); ++i) copy[order[i]] = CompareContent(units[order[i - 1]], units[order[i]]) == 0;
  ChunkView* out = begin;
  for (size_t i = 0; i < copy.size(); ++i) {
    if (!copy[i]) out = std::copy(units[i].begin(), units[i].end(), out);
  }
  return out;
}

bool BelongsTo(ChunkUnit unit, const ChunkView& chunk) {
  return chunk.aggregate != Aggregate::kRaw && Times(chunk) == Times(unit.front()) &&
         std::none_of(unit.begin(), unit.end(), [&](const ChunkView& other) {
           return other.aggregate == Aggregate::kRaw || other.aggregate == chunk.aggregate;
         });
}

}  // namespace

std::vector<ChunkUnit> ChunkUnits(std::span<const ChunkView> chunks) {
  std::vector<ChunkUnit> units;
  for (const ChunkView& chunk : chunks) {
    if (!units.empty() && BelongsTo(units.back(), chunk)) {
      units.back() = ChunkUnit(units.back().data(), units.back().size() + 1);
    } else {
      units.push_back(ChunkUnit(&chunk, 1));
    }
  }
  return units;
}

void AppendChunks(ChunkSeries& into, ChunkSeries&& from) {
  into.chunks.insert(into.chunks.end(), from.chunks.begin(), from.chunks.end());
  for (auto& owner : from.owners) {
    if (std::find(into.owners.begin(), into.owners.end(), owner) == into.owners.end()) into.owners.push_back(std::move(owner));
  }
}

void OrderChunks(std::vector<ChunkView>& chunks) {
  const auto earlier = [](const ChunkView& a, const ChunkView& b) { return Times(a) < Times(b); };
  if (!std::is_sorted(chunks.begin(), chunks.end(), earlier)) std::stable_sort(chunks.begin(), chunks.end(), earlier);
  ChunkView* const end = chunks.data() + chunks.size();
  ChunkView* out = chunks.data();
  for (ChunkView* run = chunks.data(); run != end;) {
    ChunkView* const run_end = std::find_if(run, end, [&](const ChunkView& chunk) { return Times(chunk) != Times(*run); });
    ChunkView* const kept_end = run_end - run > 1 ? DropCopies(run, run_end) : run_end;
    out = std::copy(run, kept_end, out);
    run = run_end;
  }
  chunks.resize(static_cast<size_t>(out - chunks.data()));
}

}  // namespace varve
