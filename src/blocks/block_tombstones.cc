#include "blocks/block_tombstones.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"

namespace varve {

absl::StatusOr<Tombstones> ReadTombstones(const Context& ctx, Bucket& bucket, const BlockMeta& meta) {
  if (meta.stats.tombstones == 0) return Tombstones();
  const std::string name = BlockObjectName(meta.id, kTombstonesFileName);
  const absl::StatusOr<std::string> bytes = bucket.ReadAll(ctx, name);
  if (absl::IsNotFound(bytes.status())) return Tombstones();
  VARVE_RETURN_IF_ERROR(bytes.status());
  absl::StatusOr<Tombstones> parsed = Tombstones::Parse(AsBytes(*bytes));
  if (!parsed.ok()) return Annotate(parsed.status(), "{}", name);
  return parsed;
}

absl::StatusOr<std::shared_ptr<const Tombstones>> BlockTombstones::Get(const Context& ctx) {
  if (meta_.stats.tombstones == 0) return nullptr;
  {
    MutexLock lock(mutex_);
    if (read_ != nullptr) return read_;
  }
  VARVE_ASSIGN_OR_RETURN(Tombstones tombstones, ReadTombstones(ctx, bucket_, meta_));
  MutexLock lock(mutex_);
  return read_ = std::make_shared<const Tombstones>(std::move(tombstones));
}

}  // namespace varve
