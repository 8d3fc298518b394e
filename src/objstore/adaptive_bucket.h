// The one client in front of any provider: it finds out how much the server takes and asks for no more, tries again what may pass, asks
// twice for reads that take too long, checks that a read brings what the object has, and knows what it all cost.
//
// Shape    objstore/adaptive/ has the parts: the rate of requests and its budget, the limit of concurrency, the retry budget, the
//          hedges, the prices. A slow server makes callers slower; a caller that waits ends with its context at the latest.
// Errors   those of the bucket inside, once trying again is of no use: see request_runner.h.
// Threads  as the bucket inside.
#pragma once

#include <memory>

#include "objstore/adaptive/bucket_tuning.h"
#include "objstore/bucket.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace varve {

// `registry` and `clock` outlive the bucket. `seed` is that of the jitter.
std::unique_ptr<Bucket> NewAdaptiveBucket(std::unique_ptr<Bucket> inner, const BucketTuning& tuning, MetricsRegistry& registry,
                                          const Logger& log, Clock& clock = SystemClock(), uint64_t seed = 1);

}  // namespace varve
