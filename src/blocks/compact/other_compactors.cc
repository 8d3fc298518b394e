#include "blocks/compact/other_compactors.h"

namespace varve {

void OwnBlocks::Add(Ulid id) {
  MutexLock lock(mutex_);
  ids_.insert(id);
}

bool OwnBlocks::Has(Ulid id) const {
  MutexLock lock(mutex_);
  return ids_.contains(id);
}

absl::Status OtherCompactorsFilter::Filter(const Context&, BlockMetaMap& metas, SyncedStates&) {
  size_t fresh = 0;
  for (auto at = metas.rbegin(); at != metas.rend() && at->first.unix_ms() >= began_ms_; ++at) {
    const auto& [id, meta] = *at;
    const bool compacted = meta->thanos.has_value() && meta->thanos->source == "compactor";
    if (compacted && !own_.Has(id) && told_.insert(id).second) ++fresh;
  }
  if (fresh == 0) return absl::OkStatus();
  blocks_.Increment(static_cast<double>(fresh));
  logger_.Warn(
      "another compactor works on the same blocks: nothing is lost, but the work is done and paid twice; leave one running, or "
      "split the "
      "blocks between them by --selector.relabel-config",
      {{"blocks_of_it", fresh}, {"newest", told_.rbegin()->ToString()}});
  return absl::OkStatus();
}

}  // namespace varve
