// Puts a block made here into the bucket: checked on disk, uploaded, read back, and only then a block.
//
// Errors   those of the check (DataLoss; the local block is removed, so that it is made anew), of the upload and of the bucket.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "blocks/compact/compaction_environment.h"
#include "blocks/upload_block.h"

namespace varve {

// `directory` is the block's own. Answers the meta.json as uploaded.
absl::StatusOr<BlockMeta> PublishBlock(const Context& ctx, const CompactionEnvironment& environment, const std::string& directory,
                                       UploadOptions options);

}  // namespace varve
