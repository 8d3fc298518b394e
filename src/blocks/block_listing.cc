#include "blocks/block_listing.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/marks.h"

namespace varve {
namespace {

absl::StatusOr<std::vector<ListedBlock>> ListRoot(const Context& ctx, Bucket& bucket) {
  std::vector<ListedBlock> blocks;
  VARVE_RETURN_IF_ERROR(bucket.Iter(ctx, "", {}, [&blocks](const ObjectEntry& entry) {
    const std::optional<Ulid> id = entry.is_directory() ? BlockOfDirectory(entry.name) : std::nullopt;
    if (id.has_value()) blocks.push_back({.id = *id});
    return absl::OkStatus();
  }));
  return blocks;
}

absl::StatusOr<std::vector<ListedBlock>> ListEverything(const Context& ctx, Bucket& bucket) {
  std::vector<ListedBlock> blocks;
  VARVE_RETURN_IF_ERROR(bucket.Iter(ctx, "", {.recursive = true}, [&blocks](const ObjectEntry& entry) {
    const std::string_view name = entry.name;
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos) return absl::OkStatus();
    const std::optional<Ulid> id = BlockOfDirectory(name.substr(0, slash));
    if (!id.has_value()) return absl::OkStatus();
    if (blocks.empty() || blocks.back().id != *id) {
      blocks.push_back({.id = *id, .meta = ListedBlock::Is::kAbsent, .deletion_mark = ListedBlock::Is::kAbsent});
    }
    const std::string_view part = name.substr(slash + 1);
    if (part == kMetaFileName) {
      blocks.back().meta = ListedBlock::Is::kPresent;
      blocks.back().meta_modified = entry.attributes.last_modified;
    } else if (part == MarkFileName(MarkKind::kDeletion)) {
      blocks.back().deletion_mark = ListedBlock::Is::kPresent;
      blocks.back().deletion_mark_modified = entry.attributes.last_modified;
    }
    return absl::OkStatus();
  }));
  return blocks;
}

}  // namespace

absl::StatusOr<ListingStrategy> ParseListingStrategy(std::string_view text) {
  if (text == "concurrent") return ListingStrategy::kConcurrent;
  if (text == "recursive") return ListingStrategy::kRecursive;
  return InvalidArgument("block discovery strategy {:?} is not one of concurrent, recursive", text);
}

absl::StatusOr<std::vector<ListedBlock>> ListBlocks(const Context& ctx, Bucket& bucket, ListingStrategy strategy) {
  absl::StatusOr<std::vector<ListedBlock>> blocks =
      strategy == ListingStrategy::kRecursive ? ListEverything(ctx, bucket) : ListRoot(ctx, bucket);
  if (!blocks.ok()) return Annotate(blocks.status(), "list the blocks of bucket {}", bucket.name());
  return blocks;
}

}  // namespace varve
