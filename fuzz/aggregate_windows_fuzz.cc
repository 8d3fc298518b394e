// Aggregate chunks taken apart: what is left of deletions, and of chunks joined, is put together again and says the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "tsdb/aggregate_windows.h"

namespace {

using varve::AggregateWindows;
using varve::ChunkView;
using varve::TimestampMs;

ChunkView AggrChunk(std::span<const uint8_t> bytes) {
  return {.min_time = varve::kMinTimestamp,
          .max_time = varve::kMaxTimestamp,
          .encoding = varve::ChunkEncoding::kAggr,
          .data = std::as_bytes(bytes)};
}

void TryErase(AggregateWindows windows, size_t first, size_t count) {
  const std::vector<TimestampMs> before = windows.stamps();
  const TimestampMs begin = before[first % before.size()];
  const TimestampMs end = before[std::min(first % before.size() + count, before.size() - 1)];
  if (!std::ranges::is_sorted(before)) return;
  windows.Erase({{begin, end}});
  VARVE_CHECK(std::ranges::none_of(windows.stamps(), [&](TimestampMs stamp) { return stamp >= begin && stamp <= end; }));
  if (windows.size() == 0) return;
  const auto encoded = windows.Encode();
  if (!encoded.ok()) return;  // histograms that do not belong into one chunk
  const auto again = AggregateWindows::Read(encoded->view());
  VARVE_CHECK(again.ok() && again->stamps() == windows.stamps());
  for (const TimestampMs stamp : again->stamps()) VARVE_CHECK(again->Agrees(windows, stamp));
}

void TryJoin(std::span<const ChunkView> chunks) {
  const auto joined = varve::JoinWindows(chunks);
  if (!joined.ok()) return;
  for (size_t i = 0; i < joined->size(); ++i) {
    VARVE_CHECK(AggregateWindows::Read((*joined)[i].view()).ok());
    VARVE_CHECK(i == 0 || (*joined)[i].min_time > (*joined)[i - 1].max_time);
  }
}

}  // namespace

// [ first window ][ windows ][ where the second chunk begins u16 ] chunk, chunk
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const std::span<const uint8_t> chunks(data + 4, size - 4);
  const size_t second = std::min<size_t>(chunks.size(), data[2] | data[3] << 8);
  const ChunkView views[] = {AggrChunk(chunks.first(second)), AggrChunk(chunks.subspan(second))};
  for (const ChunkView& view : views) {
    const auto windows = AggregateWindows::Read(view);
    if (windows.ok() && windows->size() > 0) TryErase(*windows, data[0], data[1]);
  }
  TryJoin(views);
  const ChunkView twice[] = {views[0], views[0]};
  TryJoin(twice);
  return 0;
}
