#include "blocks/lifecycle/block_outlook.h"

#include <algorithm>
#include <utility>

#include "blocks/block_group.h"
#include "blocks/block_names.h"
#include "blocks/compact/plan_blocks.h"

namespace varve {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kSpareMs = 3 * kDayMs;  // for the compaction itself, and the two days until its inputs are deleted

TimestampMs WindowOf(const BlockMeta& block, int64_t length) {
  return block.range.min - ((block.range.min % length) + length) % length;
}

std::vector<BlockObject> ObjectsOf(const BlockMeta& block, const std::string& prefix) {
  const bool raw = ResolutionMsOf(block) == 0;
  std::vector<BlockObject> objects = {{prefix + BlockObjectName(block.id, kMetaFileName), BlockMetaToJson(block).size()}};
  if (!block.thanos.has_value() || block.thanos->files.empty()) {  // a block of old: its sizes are not known
    objects.push_back({prefix + BlockObjectName(block.id, kIndexFileName), 0});
    objects.push_back({prefix + SegmentObjectName(block.id, 1), 0, raw});
    return objects;
  }
  for (const BlockFile& file : block.thanos->files) {
    if (file.rel_path == kMetaFileName) continue;
    objects.push_back({.name = prefix + BlockObjectName(block.id, file.rel_path),
                       .size = static_cast<uint64_t>(std::max<int64_t>(file.size_bytes, 0)),
                       .raw_chunks = raw && file.rel_path.starts_with(kChunksDirectory)});
  }
  return objects;
}

}  // namespace

uint64_t BlockOutlook::bytes() const {
  uint64_t sum = 0;
  for (const BlockObject& object : objects) sum += object.size;
  return sum;
}

int64_t SettledAfterDays() { return (CompactionRangesMs().back() + kSpareMs) / kDayMs; }

std::vector<BlockOutlook> OutlookOf(const BlockMetaMap& blocks, const RetentionMs& retention, const std::string& object_prefix,
                                    TimestampMs now) {
  const int64_t window = CompactionRangesMs().back();
  std::map<std::pair<std::string, TimestampMs>, int> in_window;
  for (const auto& [id, block] : blocks) ++in_window[{GroupKey(*block), WindowOf(*block, window)}];

  std::vector<BlockOutlook> outlooks;
  for (const auto& [id, block] : blocks) {
    const TimestampMs window_start = WindowOf(*block, window), over = window_start + window + kSpareMs;
    BlockOutlook outlook{.block = block, .objects = ObjectsOf(*block, object_prefix)};
    const auto upload_time = block->thanos.has_value() ? block->thanos->upload_time : std::nullopt;
    outlook.written = upload_time.value_or(static_cast<TimestampMs>(id.unix_ms()));
    const bool alone = in_window[{GroupKey(*block), window_start}] == 1;
    outlook.settled = alone && over <= now;
    const auto found = retention.find(ResolutionMsOf(*block));
    const int64_t kept_ms = found == retention.end() ? 0 : found->second;
    outlook.needed_until = kept_ms == 0 ? kMaxTimestamp : block->range.max_exclusive + kept_ms;
    if (!alone) outlook.needed_until = std::min(outlook.needed_until, std::max(over, now + kSpareMs));
    outlooks.push_back(std::move(outlook));
  }
  std::sort(outlooks.begin(), outlooks.end(), [](const BlockOutlook& a, const BlockOutlook& b) {
    return std::pair(a.block->range.min, a.block->id) < std::pair(b.block->range.min, b.block->id);
  });
  return outlooks;
}

}  // namespace varve
