// What happens when blocks of a store are left out of answers: they are counted, those in cold storage are remembered, and the log
// hears of it, though not at every query.
//
// Shape    a block is told of once a minute, and at most kToldMax blocks are.
// Threads  share freely.
#pragma once

#include <absl/status/status.h>

#include <map>
#include <string>

#include "base/mutex.h"
#include "base/ulid.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/metrics.h"
#include "store/frozen_blocks.h"

namespace varve {

std::string BlockNameInMessages(Ulid id);  // block 01ARZ...

class LeftOutBlocks {
 public:
  static constexpr size_t kToldMax = 20;

  LeftOutBlocks(Counter& count, FrozenBlocks& frozen, Clock& clock, Logger logger)
      : count_(count), frozen_(frozen), clock_(clock), logger_(std::move(logger)) {}

  void Add(Ulid id, const absl::Status& status);
  FrozenBlocks& frozen() { return frozen_; }

 private:
  bool IsToBeTold(Ulid id);

  Counter& count_;
  FrozenBlocks& frozen_;
  Clock& clock_;
  const Logger logger_;
  Mutex mutex_;
  std::map<Ulid, TimestampMs> told_ ABSL_GUARDED_BY(mutex_);  // within the last minute
};

}  // namespace varve
