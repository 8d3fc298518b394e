// Buckets of Amazon S3 and of whatever speaks its language: Ceph, MinIO, Swift, Google's interoperability mode.
//
// Shape    listings ask for escaped keys, 1000 a page, and pages are asked for as they are visited. Names in the bucket that are no
//          names of ours ("../x", "a//b", "folder/") are skipped and told once. Deleting looks first, since S3 cannot say that
//          an object was not there.
// Errors   bucket.h's codes; s3_errors.h says which refusal becomes which, and what the message advises.
// Threads  share freely.
// Source   thanos-io/objstore providers/s3.
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "objstore/bucket.h"
#include "objstore/s3/s3_config.h"
#include "runtime/clock.h"
#include "runtime/log.h"

namespace varve {

// Asks nothing of the server yet. `clock` outlives the bucket.
absl::StatusOr<std::unique_ptr<Bucket>> NewS3Bucket(S3Config config, const Logger& logger, Clock& clock = SystemClock());

}  // namespace varve
