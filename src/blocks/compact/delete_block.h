// Removes a block from the bucket: meta.json first, so that no one takes the rest for a block; the deletion mark last, so that
// whoever dies half-way leaves word of what was meant.
//
// Errors   those of the bucket; objects that are gone already are no error.
// Source   thanos pkg/block/block.go Delete.
#pragma once

#include <absl/status/status.h>

#include "base/ulid.h"
#include "objstore/bucket.h"

namespace varve {

absl::Status DeleteBlock(const Context& ctx, Bucket& bucket, Ulid id);

}  // namespace varve
