#include "blocks/compact/publish_block.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/check_upload.h"
#include "tsdb/check_block.h"

namespace varve {

absl::StatusOr<BlockMeta> PublishBlock(const Context& ctx, const CompactionEnvironment& environment, const std::string& directory,
                                       UploadOptions options) {
  if (const absl::Status status = CheckLocalBlock(ctx, environment.files, directory); !status.ok()) {
    environment.files.RemoveTree(directory).IgnoreError();
    return Annotate(status, "check the block made");
  }
  VARVE_ASSIGN_OR_RETURN(const BlockMeta made, ReadBlockMeta(environment.files, directory));
  environment.own_blocks->Add(made.id);
  options.read_back = options.index_header = true;
  const UploadEnvironment upload{environment.bucket, environment.files, environment.io, environment.clock};
  VARVE_ASSIGN_OR_RETURN(BlockMeta meta, UploadBlock(ctx, upload, directory, options));
  VARVE_RETURN_IF_ERROR(CheckObjects(ctx, environment.bucket, meta));
  return meta;
}

}  // namespace varve
