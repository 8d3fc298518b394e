// Buckets of Google Cloud Storage.
//
// Shape    the JSON API. Objects longer than chunk_size_bytes are sent by a resumable upload, a chunk after the other, and appear with
//          the last; what arrived is compared by CRC-32C. Deleting says by itself whether the object was there.
// Errors   bucket.h's codes; gcs_client.h.
// Threads  share freely.
// Source   thanos-io/objstore providers/gcs; Cloud Storage, "Resumable uploads".
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "objstore/bucket.h"
#include "objstore/gcs/gcs_config.h"
#include "objstore/gcs/gcs_tokens.h"
#include "runtime/log.h"

namespace varve {

// Asks nothing of the server yet.
absl::StatusOr<std::unique_ptr<Bucket>> NewGcsBucket(GcsConfig config, const Logger& logger, GcsTokenOptions options = {});

}  // namespace varve
