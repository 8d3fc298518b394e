#include "blocks/compact/delete_block.h"

#include <string>
#include <vector>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"
#include "blocks/marks.h"

namespace varve {
namespace {

absl::Status DeleteIfThere(const Context& ctx, Bucket& bucket, const std::string& name) {
  const absl::Status status = bucket.Delete(ctx, name);
  return absl::IsNotFound(status) ? absl::OkStatus() : Annotate(status, "delete {}", name);
}

}  // namespace

absl::Status DeleteBlock(const Context& ctx, Bucket& bucket, Ulid id) {
  const std::string meta = BlockObjectName(id, kMetaFileName);
  const std::string mark = BlockObjectName(id, MarkFileName(MarkKind::kDeletion));
  VARVE_RETURN_IF_ERROR(DeleteIfThere(ctx, bucket, meta));
  std::vector<std::string> others;
  VARVE_RETURN_IF_ERROR(bucket.Iter(ctx, id.ToString(), {.recursive = true}, [&](const ObjectEntry& entry) {
    if (entry.name != meta && entry.name != mark) others.push_back(entry.name);
    return absl::OkStatus();
  }));
  for (const std::string& name : others) VARVE_RETURN_IF_ERROR(DeleteIfThere(ctx, bucket, name));
  return DeleteIfThere(ctx, bucket, mark);
}

}  // namespace varve
