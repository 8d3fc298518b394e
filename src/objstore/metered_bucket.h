// Counts and times what is asked of a bucket, under the names Thanos' dashboards and alerts ask for.
//
//   <prefix>objstore_bucket_operations_total{bucket,operation}                 attempts
//   <prefix>objstore_bucket_operation_failures_total{bucket,operation}         of these, the failed ones (see below)
//   <prefix>objstore_bucket_operation_duration_seconds{bucket,operation}       iter includes the time its visitor takes
//   <prefix>objstore_bucket_operation_fetched_bytes_total{bucket,operation}    of get and get_range
//   <prefix>objstore_bucket_operation_transferred_bytes{bucket,operation}      of get, get_range and upload
//   <prefix>objstore_bucket_last_successful_upload_time{bucket}                Unix seconds
//
// Shape    operations are iter, get, get_range, exists, upload, delete, attributes.
// Errors   passed on. NotFound and AlreadyExists are answers and a caller that left is no failure of the bucket: none is counted as one.
// Threads  as the bucket inside.
// Source   thanos-io/objstore objstore.go.
#pragma once

#include <memory>
#include <string>

#include "objstore/bucket.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"

namespace varve {

// `registry` and `clock` outlive the bucket. Two buckets of one name share their metrics.
std::unique_ptr<Bucket> NewMeteredBucket(std::unique_ptr<Bucket> inner, MetricsRegistry& registry,
                                         const std::string& prefix = "thanos_", Clock& clock = SystemClock());

}  // namespace varve
