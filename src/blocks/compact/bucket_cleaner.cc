#include "blocks/compact/bucket_cleaner.h"

#include <algorithm>

#include "base/errors.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "blocks/check_upload.h"
#include "blocks/compact/delete_block.h"

namespace varve {

BucketCleaner::BucketCleaner(const CompactionEnvironment& environment, size_t parallel_max)
    : environment_(environment),
      parallel_max_(parallel_max),
      marker_(environment.bucket, environment.clock, environment.metrics, environment.logger) {}

std::set<Ulid> BucketCleaner::DeleteMarked(const Context& ctx, const std::map<Ulid, BlockMark>& marks,
                                           std::chrono::milliseconds delete_delay) {
  const TimestampMs now = environment_.clock.NowMs();
  const auto is_due = [now, delete_delay](const BlockMark& mark) { return now - mark.time_s * 1000 > delete_delay.count(); };
  Mutex mutex;
  std::set<Ulid> deleted;
  TaskGroup group(ctx, environment_.io, {.parallel_max = parallel_max_});
  for (const auto& [id, mark] : marks) {
    if (!is_due(mark)) continue;
    group.Run([&, id = id](const Context& task_ctx) {
      // Read again: what is deleted does not come back.
      const auto again = ReadMark(task_ctx, environment_.bucket, id, MarkKind::kDeletion, environment_.logger);
      if (again.ok() && !(again->has_value() && is_due(**again))) return absl::OkStatus();
      absl::Status status = again.status();
      if (status.ok()) status = DeleteBlock(task_ctx, environment_.bucket, id);
      if (!status.ok()) {
        environment_.metrics.cleanup_failures.Increment();
        environment_.logger.Warn("marked block could not be deleted", {{"block", id.ToString()}, {"err", status}});
        return absl::OkStatus();
      }
      environment_.metrics.blocks_cleaned.Increment();
      environment_.logger.Info("deleted marked block", {{"block", id.ToString()}});
      MutexLock lock(mutex);
      deleted.insert(id);
      return absl::OkStatus();
    });
  }
  group.Wait().IgnoreError();  // the tasks do not fail
  return deleted;
}

bool BucketCleaner::IsProven(const Context& ctx, const BlockMeta& block) {
  if (proven_.contains(block.id)) return true;
  if (const absl::Status status = CheckObjects(ctx, environment_.bucket, block); !status.ok()) {
    environment_.logger.Warn("blocks that this one replaces are kept: it is not whole",
                             {{"block", block.id.ToString()}, {"err", status}});
    return false;
  }
  proven_.insert(block.id);
  return true;
}

void BucketCleaner::MarkReplaced(const Context& ctx, const std::map<Ulid, std::shared_ptr<const BlockMeta>>& duplicates,
                                 const std::map<Ulid, BlockMark>& marks) {
  const auto began = Context::Clock::now();
  bool failed = false;
  for (const auto& [id, replacement] : duplicates) {
    if (ctx.stopped()) return;
    if (marks.contains(id) || marks.contains(replacement->id) || !IsProven(ctx, *replacement)) continue;
    absl::Status status = environment_.metas.Confirm(ctx, id);
    if (status.ok()) status = environment_.metas.Confirm(ctx, replacement->id);
    if (status.ok()) status = marker_.MarkForDeletion(Context(), id, fmt::format("outdated block, {} has it", replacement->id));
    if (status.ok()) {
      environment_.metrics.garbage_collected.Increment();
      continue;
    }
    failed = true;
    environment_.logger.Warn("replaced block could not be marked", {{"block", id.ToString()}, {"err", status}});
  }
  (failed ? environment_.metrics.garbage_collection_failures : environment_.metrics.garbage_collections).Increment();
  environment_.metrics.garbage_collection_seconds.Observe(std::chrono::duration<double>(Context::Clock::now() - began).count());
}

// Of the block's objects; where the bucket does not tell, when the block was named.
absl::StatusOr<TimestampMs> BucketCleaner::NewestChange(const Context& ctx, Ulid id) const {
  TimestampMs newest = 0;
  VARVE_RETURN_IF_ERROR(environment_.bucket.Iter(ctx, id.ToString(), {.recursive = true}, [&newest](const ObjectEntry& entry) {
    newest = std::max(newest, entry.attributes.last_modified);
    return absl::OkStatus();
  }));
  return newest != 0 ? newest : static_cast<TimestampMs>(id.unix_ms());
}

void BucketCleaner::DeletePartial(const Context& ctx, const std::map<Ulid, absl::Status>& partial,
                                  const std::map<Ulid, BlockMark>& marks) {
  for (const auto& [id, why] : partial) {
    if (ctx.stopped()) return;
    if (marks.contains(id)) continue;
    if (!absl::IsNotFound(why)) {
      environment_.logger.Warn("block with a damaged meta.json is kept: its data may be whole",
                               {{"block", id.ToString()}, {"err", why}});
      continue;
    }
    const absl::StatusOr<TimestampMs> newest = NewestChange(ctx, id);
    if (!newest.ok()) {
      environment_.logger.Warn("partial block could not be listed", {{"block", id.ToString()}, {"err", newest.status()}});
      continue;
    }
    const std::chrono::milliseconds age(environment_.clock.NowMs() - *newest);
    if (age <= kPartialUploadAge) continue;
    environment_.metrics.partial_deletion_attempts.Increment();
    if (const absl::Status status = DeleteBlock(ctx, environment_.bucket, id); !status.ok()) {
      environment_.metrics.cleanup_failures.Increment();
      environment_.logger.Warn("partial block could not be deleted", {{"block", id.ToString()}, {"err", status}});
      continue;
    }
    environment_.metrics.blocks_cleaned.Increment();
    environment_.logger.Info("deleted partial block", {{"block", id.ToString()}});
  }
}

}  // namespace varve
