#include "blocks/compact/input_block.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/block_tombstones.h"
#include "blocks/download_object.h"

namespace varve {

absl::StatusOr<std::unique_ptr<InputBlock>> InputBlock::Open(const Context& ctx, const InputEnvironment& environment,
                                                             std::shared_ptr<const BlockMeta> meta,
                                                             const std::string& directory) {
  std::unique_ptr<InputBlock> block(new InputBlock(environment, std::move(meta)));
  const Ulid id = block->meta().id;
  VARVE_RETURN_IF_ERROR(Annotate(block->OpenIndex(ctx, environment, directory), "block {}: index", id));
  VARVE_ASSIGN_OR_RETURN(block->tombstones_, ReadTombstones(ctx, environment.bucket, block->meta()));
  const uint64_t known = block->meta().stats.series;
  const auto all = block->index_->postings_offsets().AllSeries();
  if (!all) return DataLoss("block {}: index: there is no list of all series", id);
  VARVE_ASSIGN_OR_RETURN(const PostingsView refs, block->index_->ReadPostings(*all));
  if (known != 0 && known != refs.size()) {
    return DataLoss("block {}: the index has {} series, meta.json says {}", id, refs.size(), known);
  }
  return block;
}

absl::Status InputBlock::OpenIndex(const Context& ctx, const InputEnvironment& environment, const std::string& directory) {
  const std::string name = BlockObjectName(meta_->id, kIndexFileName);
  VARVE_ASSIGN_OR_RETURN(index_file_, environment.bucket.Map(ctx, name));
  if (index_file_ == nullptr) {
    VARVE_ASSIGN_OR_RETURN(const ObjectAttributes attributes, environment.bucket.Attributes(ctx, name));
    const std::string path = JoinPath(directory, meta_->id.ToString() + ".index");
    const absl::StatusOr<FileInfo> there = environment.files.Stat(path);
    if (!there.ok() || there->size != attributes.size) {
      VARVE_RETURN_IF_ERROR(environment.files.MakeDirectories(directory));
      VARVE_RETURN_IF_ERROR(DownloadObject(ctx, environment.bucket, name, attributes.size, path));
    }
    VARVE_ASSIGN_OR_RETURN(index_file_, environment.files.Map(path));
  }
  VARVE_RETURN_IF_ERROR(index_file_->Load(0, index_file_->bytes().size()));
  VARVE_ASSIGN_OR_RETURN(index_, IndexReader::Open(index_file_->bytes()));
  return absl::OkStatus();
}

}  // namespace varve
