// What the requests behind the calls of a bucket come to: every try, hedge and page counts, as it is billed. (How often the bucket was
// called, and how that ended, is in metered_bucket.h.)
//
//   varve_bucket_requests_total{bucket,kind}               kinds: list, get, head, put, delete
//   varve_bucket_bytes_total{bucket,direction}             read, written
//   varve_bucket_cost_dollars_total{bucket}                by the price table; an estimate
//   varve_bucket_retries_total{bucket,reason}              throttled, timeout, unavailable
//   varve_bucket_gave_up_total{bucket,reason}              attempts, deadline, budget
//   varve_bucket_throttled_total{bucket}                   answers 429, SlowDown and their kin
//   varve_bucket_short_reads_total{bucket}                 reads that ended before their object does
//   varve_bucket_hedges_total{bucket}, varve_bucket_hedges_won_total{bucket}
//   varve_bucket_wait_seconds_total{bucket,reason}         callers that waited for: rate, concurrency
//   varve_bucket_in_flight{bucket}, varve_bucket_concurrency_limit{bucket}, varve_bucket_rate_limit{bucket}  (0: none)
#pragma once

#include <array>
#include <string>

#include "runtime/bucket_usage.h"
#include "runtime/metrics.h"

namespace varve {

struct BucketRequestMetrics {
  BucketRequestMetrics(MetricsRegistry& registry, const std::string& bucket);

  std::array<Counter*, kBucketRequestKinds> requests;
  Counter &read_bytes, &written_bytes;
  Counter& cost_dollars;
  Counter &retries_throttled, &retries_timeout, &retries_unavailable;
  Counter &gave_up_attempts, &gave_up_deadline, &gave_up_budget;
  Counter& throttled;
  Counter& short_reads;
  Counter &hedges, &hedges_won;
  Counter &rate_wait_seconds, &concurrency_wait_seconds;
  Gauge &in_flight, &concurrency_limit, &rate_limit;
};

}  // namespace varve
