#include "blocks/meta_cache.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "objstore/bucket_errors.h"
#include "runtime/background_task.h"

namespace varve {

MetaCache::MetaCache(Bucket& bucket, Files& files, Executor& executor, MetricsRegistry& registry, Logger logger, Options options)
    : bucket_(bucket),
      files_(files),
      executor_(executor),
      logger_(std::move(logger)),
      options_(std::move(options)),
      disk_directory_(options_.directory.empty() ? "" : JoinPath(options_.directory, "meta-syncer")),
      syncs_(NewCounter(registry, options_.metrics_prefix + "blocks_meta_base_syncs_total",
                        "Total blocks metadata synchronization attempts by base Fetcher")),
      cache_busts_(NewCounter(registry, options_.metrics_prefix + "blocks_meta_base_cache_busts_total",
                              "Total blocks metadata cache busts by base Fetcher")) {}

absl::StatusOr<LoadedMetas> MetaCache::Load(const Context& ctx) {
  MutexLock lock(mutex_);
  syncs_.Increment();
  const std::vector<Ulid> on_disk = std::exchange(disk_was_read_, true) ? std::vector<Ulid>() : ListDisk();
  std::map<Ulid, Cached> of_disk;
  BackgroundTask disk(executor_, [&] { of_disk = ReadDisk(ctx, on_disk); });
  VARVE_ASSIGN_OR_RETURN(const std::vector<ListedBlock> blocks, options_.strategy == ListingStrategy::kRecursive
                                                                    ? ListKnownBlocks(ctx, bucket_, executor_, on_disk)
                                                                    : ListBlocks(ctx, bucket_, options_.strategy));
  disk.Wait();
  cache_.merge(of_disk);

  std::vector<absl::StatusOr<std::shared_ptr<const BlockMeta>>> results(blocks.size(), absl::UnknownError("not read"));
  TaskGroup group(ctx, executor_, {.parallel_max = options_.parallel_max});
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto found = cache_.find(blocks[i].id);
    const Cached* cached = found == cache_.end() || found->second.doubted ? nullptr : &found->second;
    const auto cold = frozen_.find(blocks[i].id);
    const FrozenObject* frozen = cold == frozen_.end() ? nullptr : &cold->second;
    group.Run([this, i, cached, frozen, &blocks, &results](const Context& task_ctx) {
      results[i] = LoadOne(task_ctx, blocks[i], cached, frozen);
      return absl::OkStatus();  // one block that cannot be read does not keep the others from it
    });
  }
  VARVE_RETURN_IF_ERROR(group.Wait());
  RememberMarks(blocks);

  LoadedMetas loaded;
  std::map<Ulid, Cached> cache;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const Ulid id = blocks[i].id;
    if (results[i].ok()) {
      loaded.metas.emplace(id, *results[i]);
      cache.emplace(id, Cached{*results[i], blocks[i].meta_modified});
    } else if (absl::IsNotFound(results[i].status()) || absl::IsDataLoss(results[i].status())) {
      loaded.partial.emplace(id, results[i].status());
    } else if (IsArchivedObject(results[i].status())) {
      const auto known = frozen_.find(id);
      FrozenObject frozen = known == frozen_.end() ? FrozenObject() : known->second;
      if (options_.clock->NowMs() >= frozen.ask_again) {
        frozen.Refused(std::string(Message(results[i].status())), options_.clock->NowMs());
      }
      loaded.frozen.emplace(id, std::move(frozen));
    } else {
      loaded.failed.emplace(id, results[i].status());
      if (const auto kept = cache_.find(id); kept != cache_.end()) cache.insert(*kept);
    }
  }
  cache_ = std::move(cache);
  frozen_ = loaded.frozen;
  if (loaded.failed.empty()) ForgetOthersOnDisk(loaded.metas);  // only a complete view may remove anything
  return loaded;
}

absl::StatusOr<std::shared_ptr<const BlockMeta>> MetaCache::LoadOne(const Context& ctx, const ListedBlock& block,
                                                                    const Cached* cached, const FrozenObject* frozen) {
  const std::string name = BlockObjectName(block.id, kMetaFileName);
  if (block.meta == ListedBlock::Is::kAbsent) return NotFound("block {} has no {}", block.id, kMetaFileName);

  std::shared_ptr<const BlockMeta> known;
  if (cached != nullptr && cached->modified != 0 && cached->modified != block.meta_modified) {
    cache_busts_.Increment();
    RemoveFromDisk(block.id);
  } else if (cached != nullptr) {
    known = cached->meta;
  }
  if (known != nullptr) {
    if (block.meta == ListedBlock::Is::kPresent) return known;
    VARVE_ASSIGN_OR_RETURN(const bool exists, bucket_.Exists(ctx, name));
    if (!exists) return NotFound("block {} has no {}", block.id, kMetaFileName);
    return known;
  }

  if (frozen != nullptr && options_.clock->NowMs() < frozen->ask_again) return FailedPrecondition("{}", frozen->reason);
  VARVE_ASSIGN_OR_RETURN(BlockMeta meta, ReadFromBucket(ctx, block.id));  // NotFound: partial
  WriteToDisk(meta);
  return std::make_shared<const BlockMeta>(std::move(meta));
}

absl::StatusOr<BlockMeta> MetaCache::ReadFromBucket(const Context& ctx, Ulid id) {
  VARVE_ASSIGN_OR_RETURN(const std::string json, bucket_.ReadAll(ctx, BlockObjectName(id, kMetaFileName)));
  absl::StatusOr<BlockMeta> meta = ParseBlockMeta(json);
  if (!meta.ok()) return Annotate(meta.status(), "block {}", id);
  if (meta->id != id) {  // not partial: partial blocks are deleted in the end
    return FailedPrecondition("block {}: its {} is that of block {}; was the folder renamed?", id, kMetaFileName, meta->id);
  }
  return meta;
}

absl::Status MetaCache::Confirm(const Context& ctx, Ulid id) {
  const absl::Status differs =
      Unavailable("block {}: its {} says something else when it is read again; it is looked at anew", id, kMetaFileName);
  std::shared_ptr<const BlockMeta> loaded;
  {
    MutexLock lock(mutex_);
    const auto found = cache_.find(id);
    if (found == cache_.end()) return absl::OkStatus();
    if (found->second.doubted) return differs;
    loaded = found->second.meta;
  }
  const absl::StatusOr<BlockMeta> again = ReadFromBucket(ctx, id);
  if (again.ok() && BlockMetaToJson(*again) == BlockMetaToJson(*loaded)) return absl::OkStatus();
  const bool parsed_or_damaged = again.ok() || absl::IsDataLoss(again.status()) || absl::IsFailedPrecondition(again.status());
  if (!parsed_or_damaged) return Annotate(again.status(), "read {} of block {} again", kMetaFileName, id);
  MutexLock lock(mutex_);
  const auto found = cache_.find(id);
  if (found != cache_.end() && found->second.meta == loaded) found->second.doubted = true;
  RemoveFromDisk(id);
  return differs;
}

void MetaCache::RememberMarks(const std::vector<ListedBlock>& blocks) {
  std::map<Ulid, TimestampMs> marks;
  for (const ListedBlock& block : blocks) {
    if (block.deletion_mark == ListedBlock::Is::kPresent) marks.emplace(block.id, block.deletion_mark_modified);
  }
  MutexLock lock(marks_mutex_);
  marks_are_listed_ = options_.strategy == ListingStrategy::kRecursive;
  listed_marks_ = std::move(marks);
}

ListedBlock::Is MetaCache::ListedDeletionMark(Ulid id, TimestampMs& modified) const {
  MutexLock lock(marks_mutex_);
  if (!marks_are_listed_) return ListedBlock::Is::kUnknown;
  const auto found = listed_marks_.find(id);
  if (found == listed_marks_.end()) return ListedBlock::Is::kAbsent;
  modified = found->second;
  return ListedBlock::Is::kPresent;
}

std::vector<Ulid> MetaCache::ListDisk() {
  std::vector<Ulid> ids;
  if (disk_directory_.empty()) return ids;
  const absl::StatusOr<std::vector<std::string>> names = files_.List(disk_directory_);
  if (!names.ok()) return ids;  // nothing was cached yet
  for (const std::string& name : *names) {
    if (const std::optional<Ulid> id = BlockOfDirectory(name)) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::map<Ulid, MetaCache::Cached> MetaCache::ReadDisk(const Context& ctx, const std::vector<Ulid>& ids) {
  std::vector<std::shared_ptr<const BlockMeta>> metas(ids.size());
  TaskGroup group(ctx, executor_, {.parallel_max = options_.parallel_max});
  for (size_t i = 0; i < ids.size(); ++i) {
    group.Run([this, i, &ids, &metas](const Context&) {
      metas[i] = ReadFromDisk(ids[i]);
      return absl::OkStatus();
    });
  }
  group.Wait().IgnoreError();  // what was not read is read from the bucket
  std::map<Ulid, Cached> found;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (metas[i] != nullptr) found.emplace(ids[i], Cached{std::move(metas[i])});
  }
  return found;
}

std::shared_ptr<const BlockMeta> MetaCache::ReadFromDisk(Ulid id) {
  absl::StatusOr<BlockMeta> meta = ReadBlockMeta(files_, DiskDirectory(id));
  if (meta.ok() && meta->id == id) return std::make_shared<const BlockMeta>(*std::move(meta));
  if (!absl::IsNotFound(meta.status())) {
    logger_.Warn("cached meta.json is damaged; removing it", {{"block", id.ToString()}, {"err", meta.status()}});
    RemoveFromDisk(id);
  }
  return nullptr;
}

void MetaCache::WriteToDisk(const BlockMeta& meta) {
  if (disk_directory_.empty()) return;
  absl::Status status = files_.MakeDirectories(DiskDirectory(meta.id));
  if (status.ok()) status = WriteBlockMeta(files_, DiskDirectory(meta.id), meta);
  if (!status.ok()) logger_.Warn("meta.json could not be cached on disk", {{"block", meta.id.ToString()}, {"err", status}});
}

void MetaCache::RemoveFromDisk(Ulid id) {
  if (disk_directory_.empty()) return;
  const absl::Status status = files_.RemoveTree(DiskDirectory(id));
  if (!status.ok()) logger_.Warn("cached meta.json could not be removed", {{"block", id.ToString()}, {"err", status}});
}

void MetaCache::ForgetOthersOnDisk(const BlockMetaMap& metas) {
  for (const Ulid id : ListDisk()) {
    if (!metas.contains(id)) RemoveFromDisk(id);
  }
}

}  // namespace varve
