#include "tsdb/block_reader.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

absl::StatusOr<std::shared_ptr<const BlockReader>> BlockReader::Open(Files& files, const std::string& directory) {
  const std::shared_ptr<BlockReader> block(new BlockReader(directory));
  VARVE_ASSIGN_OR_RETURN(block->meta_, ReadBlockMeta(files, directory));
  VARVE_ASSIGN_OR_RETURN(block->index_file_, files.Map(JoinPath(directory, kIndexFileName)));
  auto index = IndexReader::Open(block->index_file_->bytes());
  if (!index.ok()) return block->InIndex(index.status());
  block->index_ = *std::move(index);
  auto chunks = ChunkFiles::Open(files, JoinPath(directory, kChunksDirectory));
  if (!chunks.ok()) return block->InChunks(chunks.status());
  block->chunks_ = *std::move(chunks);
  auto tombstones = Tombstones::Read(files, directory);
  if (!tombstones.ok()) return Annotate(tombstones.status(), "block {}", block->meta_.id);
  block->tombstones_ = *std::move(tombstones);
  return block;
}

uint64_t BlockReader::file_bytes() const { return index_->file_bytes() + chunks_->file_bytes(); }

absl::Status BlockReader::InIndex(const absl::Status& status) const { return Annotate(status, "block {}: index", meta_.id); }
absl::Status BlockReader::InChunks(const absl::Status& status) const { return Annotate(status, "block {}", meta_.id); }

absl::StatusOr<std::vector<std::string>> BlockReader::LabelNames(const Context& ctx, const Matchers& matchers,
                                                                 uint64_t limit) const {
  auto names = index_->LabelNames(ctx, matchers, limit);
  if (!names.ok()) return InIndex(names.status());
  return names;
}

absl::StatusOr<std::vector<std::string>> BlockReader::LabelValues(const Context& ctx, std::string_view name,
                                                                  const Matchers& matchers, uint64_t limit) const {
  auto values = index_->LabelValues(ctx, name, matchers, limit);
  if (!values.ok()) return InIndex(values.status());
  return values;
}

}  // namespace varve
