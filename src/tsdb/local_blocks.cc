#include "tsdb/local_blocks.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

using OpenBlocks = std::map<Ulid, std::shared_ptr<const BlockReader>>;

std::set<Ulid> ReplacedIn(const OpenBlocks& blocks) {
  std::set<Ulid> replaced;
  for (const auto& [id, block] : blocks) {
    for (const BlockParent& parent : block->meta().compaction.parents) replaced.insert(parent.id);
  }
  return replaced;
}

// The union of what `ask` answers for each block in the range, sorted.
template <typename Ask>
absl::StatusOr<std::vector<std::string>> Union(const LocalBlocks::Blocks& blocks, QueryRange range, uint64_t limit, Ask ask) {
  std::set<std::string> all;
  for (const auto& block : blocks) {
    if (!Overlaps(block->meta().range, range)) continue;
    VARVE_ASSIGN_OR_RETURN(std::vector<std::string> some, ask(*block));
    all.insert(std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  std::vector<std::string> sorted(all.begin(), all.end());
  if (limit > 0 && sorted.size() > limit) sorted.resize(limit);
  return sorted;
}

}  // namespace

LocalBlocks::LocalBlocks(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

std::shared_ptr<const LocalBlocks::Blocks> LocalBlocks::blocks() const {
  const MutexLock lock(mutex_);
  return blocks_;
}

absl::StatusOr<LocalBlocks::Report> LocalBlocks::Scan() {
  VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  OpenBlocks before;
  const auto serving_now = blocks();
  for (const auto& block : *serving_now) before[block->meta().id] = block;

  Report report;
  OpenBlocks open;
  for (const std::string& name : names) {
    const absl::StatusOr<Ulid> id = Ulid::Parse(name);
    if (!id.ok()) continue;
    if (const auto known = before.find(*id); known != before.end()) {
      open.insert(*known);
      continue;
    }
    const std::string directory = JoinPath(directory_, name);
    auto block = BlockReader::Open(files_, directory);
    if (!block.ok()) {
      report.failures.push_back({directory, block.status()});
    } else if ((*block)->meta().id != *id) {
      report.failures.push_back({directory, DataLoss("block {}: its meta.json is that of {}", *id, (*block)->meta().id)});
    } else {
      open[*id] = *std::move(block);
    }
  }

  Blocks serving;
  const std::set<Ulid> replaced = ReplacedIn(open);
  for (auto& [id, block] : open) {
    if (replaced.contains(id)) {
      ++report.replaced;
    } else {
      serving.push_back(std::move(block));
    }
  }
  std::ranges::sort(serving, {}, [](const auto& block) { return std::tuple(block->meta().range.min, block->meta().id); });
  report.loaded = serving.size();
  const MutexLock lock(mutex_);
  blocks_ = std::make_shared<const Blocks>(std::move(serving));
  return report;
}

std::unique_ptr<ChunkSeriesSet> LocalBlocks::Select(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                    BlockSelectOptions options) const {
  std::vector<std::unique_ptr<ChunkSeriesSet>> sets;
  const auto serving = blocks();
  for (const auto& block : *serving) {
    if (Overlaps(block->meta().range, range)) sets.push_back(BlockReader::Select(block, ctx, range, matchers, options));
  }
  return MergeChunkSeriesSets(std::move(sets));
}

absl::StatusOr<std::vector<std::string>> LocalBlocks::LabelNames(const Context& ctx, QueryRange range, const Matchers& matchers,
                                                                 uint64_t limit) const {
  return Union(*blocks(), range, limit, [&](const BlockReader& block) { return block.LabelNames(ctx, matchers, limit); });
}

absl::StatusOr<std::vector<std::string>> LocalBlocks::LabelValues(const Context& ctx, std::string_view name, QueryRange range,
                                                                  const Matchers& matchers, uint64_t limit) const {
  return Union(*blocks(), range, limit, [&](const BlockReader& block) { return block.LabelValues(ctx, name, matchers, limit); });
}

}  // namespace varve
