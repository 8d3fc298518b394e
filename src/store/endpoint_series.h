// The answer of one endpoint of the fan-out, made fit for merging: in order, without replica labels, of the right shard; and a
// failure turned into a warning where partial answers will do.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "runtime/metrics.h"
#include "store/endpoint_selection.h"
#include "store/store_api.h"

namespace varve {

// Remembers who broke the order once, so that they are sorted from then on. Safe to share.
class UnsortedEndpoints {
 public:
  void Add(const std::string& address) {
    MutexLock lock(mutex_);
    addresses_.insert(address);
  }
  bool Has(const std::string& address) const {
    MutexLock lock(mutex_);
    return addresses_.contains(address);
  }

 private:
  mutable Mutex mutex_;
  std::set<std::string> addresses_ ABSL_GUARDED_BY(mutex_);
};

// Wraps what the endpoint answered, or its failure to answer. `empty_streams` counts answers without a series; it outlives the
// set.
std::unique_ptr<ChunkSeriesSet> NewEndpointSeries(const EndpointQuery& query, const SeriesRequest& request,
                                                  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> answer,
                                                  std::shared_ptr<UnsortedEndpoints> unsorted, Counter& empty_streams);

}  // namespace varve
