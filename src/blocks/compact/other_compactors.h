// Notices that another compactor works on the same blocks. That loses nothing, and costs the work twice.
//
//   varve_compact_other_compactor_blocks_total   blocks that another compactor made, among those this one is to work on
//
// Shape    what a compactor made after this process began, and this process did not make, is another's. It is looked for where the
//          selection has been applied, so compactors that share a bucket by labels or by time do not notice each other. Nothing is
//          written into the bucket for this, and Thanos' compactors are noticed too.
// Threads  OwnBlocks share freely; the filter as MetaFilter.
// Source   docs/decisions/0010-other-compactors.md.
#pragma once

#include <set>

#include "base/mutex.h"
#include "base/ulid.h"
#include "blocks/meta_filter.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

// What this process has made, or is about to show to others.
class OwnBlocks {
 public:
  void Add(Ulid id);
  bool Has(Ulid id) const;

 private:
  mutable Mutex mutex_;
  std::set<Ulid> ids_ ABSL_GUARDED_BY(mutex_);
};

// Drops nothing.
class OtherCompactorsFilter : public MetaFilter {
 public:
  // The references outlive the filter. `began_ms`: when, by the clock that names blocks.
  OtherCompactorsFilter(uint64_t began_ms, const OwnBlocks& own, Counter& blocks, Logger logger)
      : began_ms_(began_ms), own_(own), blocks_(blocks), logger_(std::move(logger)) {}
  absl::Status Filter(const Context& ctx, BlockMetaMap& metas, SyncedStates& states) override;

 private:
  const uint64_t began_ms_;
  const OwnBlocks& own_;
  Counter& blocks_;
  const Logger logger_;
  std::set<Ulid> told_;
};

}  // namespace varve
