#include "blocks/compact/compact_filters.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr std::string_view kDedupedValue = "deduped";

}  // namespace

absl::Status ReplicaLabelFilter::Filter(const Context&, BlockMetaMap& metas, SyncedStates&) {
  if (labels_.empty()) return absl::OkStatus();
  std::map<Ulid, Labels> removed;
  for (auto& [id, meta] : metas) {
    if (!meta->thanos.has_value()) continue;
    BlockMeta changed = *meta;
    LabelsBuilder taken;
    for (const std::string& name : labels_) {
      const auto found = changed.thanos->labels.find(name);
      if (found == changed.thanos->labels.end()) continue;
      taken.Set(name, found->second);
      changed.thanos->labels.erase(found);
    }
    if (taken.empty()) continue;
    if (changed.thanos->labels.empty()) changed.thanos->labels.emplace(labels_.front(), kDedupedValue);
    removed.emplace(id, taken.Build());
    meta = std::make_shared<const BlockMeta>(std::move(changed));
  }
  MutexLock lock(mutex_);
  removed_ = std::move(removed);
  return absl::OkStatus();
}

std::map<Ulid, Labels> ReplicaLabelFilter::removed() const {
  MutexLock lock(mutex_);
  return removed_;
}

absl::Status MarkFilter::Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) {
  Mutex mutex;
  std::map<Ulid, BlockMark> marks;
  TaskGroup group(ctx, executor_, {.parallel_max = parallel_max_});
  for (const auto& [id, meta] : metas) {
    group.Run([&, id = id](const Context& task_ctx) -> absl::Status {
      VARVE_ASSIGN_OR_RETURN(const auto mark, ReadMark(task_ctx, bucket_, id, kind_, logger_));
      if (!mark.has_value()) return absl::OkStatus();
      MutexLock lock(mutex);
      marks.emplace(id, *mark);
      return absl::OkStatus();
    });
  }
  VARVE_RETURN_IF_ERROR(Annotate(group.Wait(), "gather {} files", MarkFileName(kind_)));
  states[state_] += marks.size();
  MutexLock lock(mutex_);
  marks_ = std::move(marks);
  return absl::OkStatus();
}

std::map<Ulid, BlockMark> MarkFilter::marks() const {
  MutexLock lock(mutex_);
  return marks_;
}

}  // namespace varve
