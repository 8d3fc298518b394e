#include "blocks/block_listing.h"

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/marks.h"

namespace varve {
namespace {

constexpr size_t kBlocksPerPart = 1'000;  // some pages

absl::StatusOr<std::vector<ListedBlock>> ListRoot(const Context& ctx, Bucket& bucket) {
  std::vector<ListedBlock> blocks;
  VARVE_RETURN_IF_ERROR(bucket.Iter(ctx, "", {}, [&blocks](const ObjectEntry& entry) {
    const std::optional<Ulid> id = entry.is_directory() ? BlockOfDirectory(entry.name) : std::nullopt;
    if (id.has_value()) blocks.push_back({.id = *id});
    return absl::OkStatus();
  }));
  return blocks;
}

// With all that lies in them; those from `begin` up to `end`, or to the last.
absl::StatusOr<std::vector<ListedBlock>> ListRange(const Context& ctx, Bucket& bucket, std::optional<Ulid> begin,
                                                   std::optional<Ulid> end) {
  std::vector<ListedBlock> blocks;
  bool ended = false;
  const auto visit = [&](const ObjectEntry& entry) -> absl::Status {
    const std::string_view name = entry.name;
    const size_t slash = name.find('/');
    if (slash == std::string_view::npos) return absl::OkStatus();
    const std::optional<Ulid> id = BlockOfDirectory(name.substr(0, slash));
    if (!id.has_value() || (begin.has_value() && *id < *begin)) return absl::OkStatus();
    ended = end.has_value() && *id >= *end;
    if (ended) return Cancelled("this part of the listing is complete");
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
  };
  IterOptions options = {.recursive = true};
  if (begin.has_value()) options.start_after = begin->ToString();  // before all that lies in it
  const absl::Status listed = bucket.Iter(ctx, "", options, visit);
  if (!ended) VARVE_RETURN_IF_ERROR(listed);
  return blocks;
}

absl::StatusOr<std::vector<ListedBlock>> ListParts(const Context& ctx, Bucket& bucket, Executor& executor,
                                                   std::span<const Ulid> cuts) {
  std::vector<std::vector<ListedBlock>> parts(cuts.size() + 1);
  TaskGroup group(ctx, executor, {.parallel_max = parts.size()});
  for (size_t i = 0; i < parts.size(); ++i) {
    group.Run([&, i](const Context& task) -> absl::Status {
      const Ulid begin = i == 0 ? Ulid() : cuts[i - 1];
      const std::optional<Ulid> end = i < cuts.size() ? std::optional(cuts[i]) : std::nullopt;
      VARVE_ASSIGN_OR_RETURN(parts[i], ListRange(task, bucket, begin, end));
      return absl::OkStatus();
    });
  }
  VARVE_RETURN_IF_ERROR(group.Wait());
  std::vector<ListedBlock> blocks;
  for (const std::vector<ListedBlock>& part : parts) blocks.insert(blocks.end(), part.begin(), part.end());
  return blocks;
}

// Elsewhere a listing that starts in the middle reads all that comes before.
bool StartsAnywhere(const Bucket& bucket) { return bucket.provider() == "S3" || bucket.provider() == "GCS"; }

}  // namespace

absl::StatusOr<ListingStrategy> ParseListingStrategy(std::string_view text) {
  if (text == "concurrent") return ListingStrategy::kConcurrent;
  if (text == "recursive") return ListingStrategy::kRecursive;
  return InvalidArgument("block discovery strategy {:?} is not one of concurrent, recursive", text);
}

absl::StatusOr<std::vector<ListedBlock>> ListBlocks(const Context& ctx, Bucket& bucket, ListingStrategy strategy) {
  absl::StatusOr<std::vector<ListedBlock>> blocks =
      strategy == ListingStrategy::kRecursive ? ListRange(ctx, bucket, std::nullopt, std::nullopt) : ListRoot(ctx, bucket);
  if (!blocks.ok()) return Annotate(blocks.status(), "list the blocks of bucket {}", bucket.name());
  return blocks;
}

absl::StatusOr<std::vector<ListedBlock>> ListKnownBlocks(const Context& ctx, Bucket& bucket, Executor& executor,
                                                         std::span<const Ulid> known) {
  std::vector<Ulid> cuts;
  for (size_t i = kBlocksPerPart; i < known.size(); i += kBlocksPerPart) cuts.push_back(known[i]);
  if (cuts.empty() || !StartsAnywhere(bucket)) return ListBlocks(ctx, bucket, ListingStrategy::kRecursive);
  absl::StatusOr<std::vector<ListedBlock>> blocks = ListParts(ctx, bucket, executor, cuts);
  if (!blocks.ok()) return Annotate(blocks.status(), "list the blocks of bucket {}", bucket.name());
  return blocks;
}

}  // namespace varve
