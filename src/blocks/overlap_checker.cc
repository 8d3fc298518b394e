#include "blocks/overlap_checker.h"

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/block_listing.h"
#include "blocks/block_names.h"

namespace varve {

absl::Status OverlapChecker::Check(const Context& ctx, const BlockMeta& meta) {
  if (!read_) VARVE_RETURN_IF_ERROR(Annotate(ReadBucket(ctx), "get all block meta"));
  for (const Block& block : blocks_) {
    if (!Overlaps(block.range, meta.range)) continue;
    return FailedPrecondition("shipping compacted block {} ({} to {}) is blocked: it overlaps block {} ({} to {}) of the bucket",
                              meta.id, meta.range.min, meta.range.max_exclusive, block.id, block.range.min,
                              block.range.max_exclusive);
  }
  return absl::OkStatus();
}

absl::Status OverlapChecker::ReadBucket(const Context& ctx) {
  VARVE_ASSIGN_OR_RETURN(const std::vector<ListedBlock> listed, ListBlocks(ctx, bucket_, ListingStrategy::kConcurrent));
  Mutex mutex;
  std::vector<Block> blocks;
  TaskGroup group(ctx, executor_, {.parallel_max = 32});
  for (const ListedBlock& block : listed) {
    group.Run([&, id = block.id](const Context& task_ctx) -> absl::Status {
      const absl::StatusOr<std::string> json = bucket_.ReadAll(task_ctx, BlockObjectName(id, kMetaFileName));
      if (absl::IsNotFound(json.status())) return absl::OkStatus();  // an upload that is not finished
      VARVE_RETURN_IF_ERROR(json.status());
      const absl::StatusOr<BlockMeta> meta = ParseBlockMeta(*json);
      if (!meta.ok()) return Annotate(meta.status(), "block {}", id);
      if (ExternalLabelsOf(*meta) != external_labels_) return absl::OkStatus();
      MutexLock lock(mutex);
      blocks.push_back({id, meta->range});
      return absl::OkStatus();
    });
  }
  VARVE_RETURN_IF_ERROR(group.Wait());
  blocks_ = std::move(blocks);
  read_ = true;
  return absl::OkStatus();
}

}  // namespace varve
