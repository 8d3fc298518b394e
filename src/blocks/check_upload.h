// Whether a block in the bucket is what it should be.
//
// Errors   DataLoss or NotFound naming the object; those of the bucket.
// Threads  free functions.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "blocks/upload_block.h"
#include "objstore/bucket.h"
#include "tsdb/block_meta.h"

namespace varve {

// Every file that meta.json lists is there with its size, and meta.json itself; of a meta.json without files, an index.
absl::Status CheckObjects(const Context& ctx, Bucket& bucket, const BlockMeta& meta);

// Reads back the files that `meta` lists and compares them with those of `directory`, byte by byte.
absl::Status CompareObjects(const Context& ctx, const UploadEnvironment& environment, const BlockMeta& meta,
                            const std::string& directory, size_t parallel_max);

}  // namespace varve
