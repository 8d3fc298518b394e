// Blocks of a store that cannot be read because somebody's lifecycle rule has moved their objects to cold storage. They are known by
// their first refusal, left out from then on without a request, and asked for again now and then (blocks/frozen_backoff.h).
//
//   varve_store_blocks_archived        such blocks now
//
// Shape    where the index is readable and only chunks are frozen, what needs no chunks is still answered.
// Threads  share freely.
#pragma once

#include <absl/status/status.h>

#include <map>
#include <string>

#include "base/mutex.h"
#include "base/ulid.h"
#include "blocks/frozen_backoff.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

class FrozenBlocks {
 public:
  FrozenBlocks(Clock& clock, MetricsRegistry& registry, Logger logger);

  // OK if the block may be asked; otherwise how it has refused, until it is time to ask again.
  absl::Status Check(Ulid id, bool needs_chunks) const;
  // A read of the block has failed in a way that IsArchivedObject.
  void Refused(Ulid id, const absl::Status& status);
  // Series and chunks of it were read.
  void Answered(Ulid id);
  // Forgets blocks that are not in `blocks`, a map by Ulid.
  template <typename Blocks>
  void KeepOnly(const Blocks& blocks) {
    MutexLock lock(mutex_);
    std::erase_if(frozen_, [&blocks](const auto& entry) { return !blocks.contains(entry.first); });
    count_.Set(static_cast<double>(frozen_.size()));
  }
  std::map<Ulid, FrozenObject> all() const;

 private:
  struct Entry {
    FrozenObject object;
    bool index = false;  // the index too, so that nothing of it can be answered
  };

  Clock& clock_;
  Gauge& count_;
  const Logger logger_;
  mutable Mutex mutex_;
  std::map<Ulid, Entry> frozen_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace varve
