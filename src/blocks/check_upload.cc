#include "blocks/check_upload.h"

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_names.h"

namespace varve {
namespace {

constexpr size_t kPartBytes = 4 << 20;

absl::Status CompareObject(const Context& ctx, Bucket& bucket, Files& files, const std::string& name, const std::string& path) {
  VARVE_ASSIGN_OR_RETURN(const auto file, files.Map(path));
  const Bytes expected = file->bytes();
  VARVE_RETURN_IF_ERROR(file->Load(0, expected.size()));
  ByteBuffer part(std::min(kPartBytes, expected.size() + 1));
  for (size_t at = 0; at <= expected.size();) {
    VARVE_RETURN_IF_ERROR(ctx.Check());
    VARVE_ASSIGN_OR_RETURN(const size_t got, bucket.ReadAt(ctx, name, at, part));
    const size_t left = expected.size() - at;
    if (got == 0 && left == 0) break;
    if (got == 0 || got > left) return DataLoss("{} has other than the {} bytes that were uploaded", name, expected.size());
    if (!std::ranges::equal(Bytes(part).first(got), expected.subspan(at, got))) {
      return DataLoss("{} differs from what was uploaded, between {} and {}", name, at, at + got);
    }
    at += got;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckObjects(const Context& ctx, Bucket& bucket, const BlockMeta& meta) {
  std::map<std::string, uint64_t> sizes;
  VARVE_RETURN_IF_ERROR(bucket.Iter(ctx, meta.id.ToString(), {.recursive = true}, [&sizes](const ObjectEntry& entry) {
    sizes.emplace(entry.name, entry.attributes.size);
    return absl::OkStatus();
  }));
  std::vector<BlockFile> files;
  if (meta.thanos.has_value()) files = meta.thanos->files;
  if (files.empty()) files = {{.rel_path = std::string(kMetaFileName)}, {.rel_path = std::string(kIndexFileName)}};
  for (const BlockFile& file : files) {
    const std::string name = BlockObjectName(meta.id, file.rel_path);
    const auto found = sizes.find(name);
    if (found == sizes.end()) return NotFound("{} is not in the bucket", name);
    if (file.size_bytes != 0 && found->second != static_cast<uint64_t>(file.size_bytes)) {
      return DataLoss("{} has {} bytes, meta.json says {}", name, found->second, file.size_bytes);
    }
  }
  return absl::OkStatus();
}

absl::Status CompareObjects(const Context& ctx, const UploadEnvironment& environment, const BlockMeta& meta,
                            const std::string& directory, size_t parallel_max) {
  TaskGroup group(ctx, environment.executor, {.parallel_max = std::max<size_t>(parallel_max, 1)});
  for (const BlockFile& file : meta.thanos->files) {
    if (file.rel_path == kMetaFileName) continue;  // the uploaded one lists the files, the local one does not
    group.Run([&](const Context& task_ctx) {
      return CompareObject(task_ctx, environment.bucket, environment.files, BlockObjectName(meta.id, file.rel_path),
                           JoinPath(directory, file.rel_path));
    });
  }
  return group.Wait();
}

}  // namespace varve
