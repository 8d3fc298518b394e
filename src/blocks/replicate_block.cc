#include "blocks/replicate_block.h"

#include <vector>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/block_names.h"
#include "blocks/check_upload.h"
#include "blocks/download_object.h"
#include "objstore/raw_chunks_mark.h"

namespace varve {
namespace {

absl::StatusOr<std::vector<std::string>> DataObjects(const Context& ctx, Bucket& bucket, Ulid id) {
  std::vector<std::string> names;
  VARVE_RETURN_IF_ERROR(bucket.Iter(ctx, BlockObjectName(id, kChunksDirectory), {}, [&names](const ObjectEntry& entry) {
    if (!entry.is_directory()) names.push_back(entry.name);
    return absl::OkStatus();
  }));
  names.push_back(BlockObjectName(id, kIndexFileName));
  return names;
}

// Whether the object had to be copied.
absl::StatusOr<bool> CopyObject(const Context& ctx, const ReplicationEnvironment& environment, const std::string& name,
                                bool raw_chunks) {
  VARVE_ASSIGN_OR_RETURN(const ObjectAttributes source, environment.from.Attributes(ctx, name));
  const absl::StatusOr<ObjectAttributes> target = environment.to.Attributes(ctx, name);
  if (target.ok() && target->size == source.size) return false;
  if (!target.ok() && !absl::IsNotFound(target.status())) return target.status();
  VARVE_RETURN_IF_ERROR(environment.files.MakeDirectories(environment.directory));
  const std::string path = JoinPath(environment.directory, "object");
  VARVE_RETURN_IF_ERROR(DownloadObject(ctx, environment.from, name, source.size, path));
  const absl::Status status =
      raw_chunks ? UploadRawChunks(ctx, environment.to, name, path) : environment.to.UploadFile(ctx, name, path);
  environment.files.RemoveTree(environment.directory).IgnoreError();
  VARVE_RETURN_IF_ERROR(status);
  VARVE_ASSIGN_OR_RETURN(const ObjectAttributes copy, environment.to.Attributes(ctx, name));
  if (copy.size == source.size) return true;
  return DataLoss("{} has {} bytes in the target, {} in the source", name, copy.size, source.size);
}

absl::StatusOr<bool> HasSameMeta(const Context& ctx, Bucket& bucket, const std::string& name, std::string_view text) {
  const absl::StatusOr<std::string> there = bucket.ReadAll(ctx, name);
  if (absl::IsNotFound(there.status())) return false;
  VARVE_RETURN_IF_ERROR(there.status());
  return *there == text;
}

absl::StatusOr<ReplicationReport> Replicate(const Context& ctx, const ReplicationEnvironment& environment, Ulid id) {
  ReplicationReport report;
  const std::string meta_name = BlockObjectName(id, kMetaFileName);
  VARVE_ASSIGN_OR_RETURN(const std::string text, environment.from.ReadAll(ctx, meta_name));
  VARVE_ASSIGN_OR_RETURN(const BlockMeta meta, ParseBlockMeta(text));
  VARVE_ASSIGN_OR_RETURN(report.already_there, HasSameMeta(ctx, environment.to, meta_name, text));
  if (report.already_there) return report;
  VARVE_RETURN_IF_ERROR(Annotate(CheckObjects(ctx, environment.from, meta), "source"));
  VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> names, DataObjects(ctx, environment.from, id));
  for (const std::string& name : names) {
    const bool raw_chunks = ResolutionMsOf(meta) == 0 && !name.ends_with(kIndexFileName);
    VARVE_ASSIGN_OR_RETURN(const bool copied, CopyObject(ctx, environment, name, raw_chunks));
    report.objects += copied;
  }
  VARVE_RETURN_IF_ERROR(environment.to.Upload(ctx, meta_name, AsBytes(text)));
  ++report.objects;
  return report;
}

}  // namespace

absl::StatusOr<ReplicationReport> ReplicateBlock(const Context& ctx, const ReplicationEnvironment& environment, Ulid id) {
  absl::StatusOr<ReplicationReport> report = Replicate(ctx, environment, id);
  if (!report.ok()) return Annotate(report.status(), "replicate block {}", id);
  return report;
}

}  // namespace varve
