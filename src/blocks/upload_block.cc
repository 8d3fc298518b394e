#include "blocks/upload_block.h"

#include <openssl/evp.h>

#include <algorithm>
#include <map>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/block_group.h"
#include "blocks/block_names.h"
#include "blocks/check_upload.h"
#include "blocks/uploaded_index_header.h"
#include "objstore/raw_chunks_mark.h"

namespace varve {
namespace {

absl::StatusOr<std::string> Sha256Hex(Bytes bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1) {
    return Internal("hash {} bytes: OpenSSL refuses SHA256", bytes.size());
  }
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

absl::StatusOr<BlockFile> DescribeFile(std::string path, Bytes content, FileHash hash) {
  BlockFile file = {.rel_path = std::move(path), .size_bytes = static_cast<int64_t>(content.size())};
  if (hash == FileHash::kNone) return file;
  file.hash_function = "SHA256";
  VARVE_ASSIGN_OR_RETURN(file.hash_hex, Sha256Hex(content));
  return file;
}

// The files of a block but meta.json, sorted by path.
absl::StatusOr<std::vector<BlockFile>> GatherFiles(Files& files, const std::string& directory, FileHash hash) {
  std::vector<std::string> paths;
  VARVE_ASSIGN_OR_RETURN(const std::vector<std::string> segments, files.List(JoinPath(directory, kChunksDirectory)));
  for (const std::string& segment : segments) paths.push_back(JoinPath(kChunksDirectory, segment));
  paths.emplace_back(kIndexFileName);
  std::sort(paths.begin(), paths.end());

  std::vector<BlockFile> gathered;
  for (const std::string& path : paths) {
    VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> content, files.Map(JoinPath(directory, path)));
    VARVE_ASSIGN_OR_RETURN(BlockFile file, DescribeFile(path, content->bytes(), hash));
    gathered.push_back(std::move(file));
  }
  return gathered;
}

// What an earlier attempt has left of the block, with sizes.
absl::StatusOr<std::map<std::string, uint64_t>> ObjectsOf(const Context& ctx, Bucket& bucket, Ulid id) {
  std::map<std::string, uint64_t> sizes;
  VARVE_RETURN_IF_ERROR(bucket.Iter(ctx, id.ToString(), {.recursive = true}, [&sizes](const ObjectEntry& entry) {
    sizes.emplace(entry.name, entry.attributes.size);
    return absl::OkStatus();
  }));
  return sizes;
}

// What a bucket has taken and does not show is found out before anybody may rely on it.
absl::Status CheckFiles(const Context& ctx, Bucket& bucket, Ulid id, const std::vector<BlockFile>& block_files) {
  VARVE_ASSIGN_OR_RETURN(const auto present, ObjectsOf(ctx, bucket, id));
  for (const BlockFile& file : block_files) {
    const std::string name = BlockObjectName(id, file.rel_path);
    const auto found = present.find(name);
    if (found == present.end()) return DataLoss("{} was uploaded, but the bucket does not list it", name);
    if (found->second != static_cast<uint64_t>(file.size_bytes)) {
      return DataLoss("{} was uploaded with {} bytes, but the bucket has {}", name, file.size_bytes, found->second);
    }
  }
  return absl::OkStatus();
}

// A meta.json that came out wrong is taken away again: half a block is not seen, a wrong one would be. It is looked at twice, as others
// may count on the block from the moment it is there.
absl::Status UploadMeta(const Context& ctx, Bucket& bucket, Ulid id, const std::string& json) {
  const std::string name = BlockObjectName(id, kMetaFileName);
  VARVE_RETURN_IF_ERROR(Annotate(bucket.Upload(ctx, name, AsBytes(json)), "upload {}", kMetaFileName));
  for (int look = 0; look < 2; ++look) {
    const absl::StatusOr<std::string> read_back = bucket.ReadAll(ctx, name);
    if (!read_back.ok()) return Annotate(read_back.status(), "read {} back", kMetaFileName);
    if (*read_back == json) return absl::OkStatus();
  }
  bucket.Delete(ctx, name).IgnoreError();
  return DataLoss("{} came back from the bucket with other content; it was deleted there", kMetaFileName);
}

absl::Status UploadFiles(const Context& ctx, const UploadEnvironment& environment, const std::string& directory,
                         const BlockMeta& meta, size_t parallel_max) {
  VARVE_ASSIGN_OR_RETURN(const auto present, ObjectsOf(ctx, environment.bucket, meta.id));
  const bool raw = ResolutionMsOf(meta) == 0;
  const auto upload = [&](const Context& task_ctx, const BlockFile& file) {
    const std::string name = BlockObjectName(meta.id, file.rel_path);
    const auto found = present.find(name);
    if (found != present.end() && found->second == static_cast<uint64_t>(file.size_bytes)) return absl::OkStatus();
    const std::string path = JoinPath(directory, file.rel_path);
    const bool raw_chunks = raw && file.rel_path != kIndexFileName;
    return raw_chunks ? UploadRawChunks(task_ctx, environment.bucket, name, path)
                      : environment.bucket.UploadFile(task_ctx, name, path);
  };
  const BlockFile* index = nullptr;
  TaskGroup group(ctx, environment.executor, {.parallel_max = std::max<size_t>(parallel_max, 1)});
  for (const BlockFile& file : meta.thanos->files) {
    if (file.rel_path == kIndexFileName) {
      index = &file;
    } else {
      group.Run([&upload, &file](const Context& task_ctx) { return upload(task_ctx, file); });
    }
  }
  VARVE_RETURN_IF_ERROR(Annotate(group.Wait(), "upload chunks"));
  return Annotate(upload(ctx, *index), "upload index");
}

// An index that has none, since it is of a version we do not read, goes without: others may be able to.
absl::Status UploadIndexHeader(const Context& ctx, const UploadEnvironment& environment, const std::string& directory,
                               FileHash hash, BlockMeta& meta) {
  const absl::StatusOr<ByteBuffer> header = PackedIndexHeaderOf(environment.files, directory, meta.id);
  if (!header.ok()) return absl::OkStatus();
  const std::string name = BlockObjectName(meta.id, kUploadedIndexHeaderName);
  VARVE_RETURN_IF_ERROR(Annotate(environment.bucket.Upload(ctx, name, *header), "upload {}", kUploadedIndexHeaderName));
  VARVE_ASSIGN_OR_RETURN(BlockFile file, DescribeFile(std::string(kUploadedIndexHeaderName), *header, hash));
  meta.thanos->files.push_back(std::move(file));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FileHash> ParseFileHash(std::string_view text) {
  if (text.empty()) return FileHash::kNone;
  if (text == "SHA256") return FileHash::kSha256;
  return InvalidArgument("hash function {:?} is not supported; leave it empty or write SHA256", text);
}

absl::StatusOr<std::string> Sha256Hex(Files& files, const std::string& path) {
  VARVE_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, files.Map(path));
  return Sha256Hex(file->bytes());
}

absl::StatusOr<BlockMeta> UploadBlock(const Context& ctx, const UploadEnvironment& environment, const std::string& directory,
                                      const UploadOptions& options) {
  VARVE_ASSIGN_OR_RETURN(BlockMeta meta, ReadBlockMeta(environment.files, directory));
  if (!meta.thanos.has_value()) meta.thanos.emplace();
  if (options.labels_required && meta.thanos->labels.empty()) {
    return FailedPrecondition("upload block {}: it has no external labels; give the producer some, unique among all producers",
                              meta.id);
  }
  VARVE_ASSIGN_OR_RETURN(meta.thanos->files, GatherFiles(environment.files, directory, options.hash));
  VARVE_RETURN_IF_ERROR(Annotate(UploadFiles(ctx, environment, directory, meta, options.parallel_max), "block {}", meta.id));
  if (options.read_back) {
    VARVE_RETURN_IF_ERROR(Annotate(CompareObjects(ctx, environment, meta, directory, options.parallel_max), "read back"));
  }

  VARVE_RETURN_IF_ERROR(Annotate(CheckFiles(ctx, environment.bucket, meta.id, meta.thanos->files), "block {}", meta.id));

  meta.thanos->files.push_back({.rel_path = std::string(kMetaFileName)});  // sorts behind chunks/ and index
  if (options.index_header)
    VARVE_RETURN_IF_ERROR(Annotate(UploadIndexHeader(ctx, environment, directory, options.hash, meta), "block {}", meta.id));
  meta.thanos->upload_time = environment.clock.NowMs();
  const std::string json = BlockMetaToJson(meta);
  VARVE_RETURN_IF_ERROR(Annotate(UploadMeta(ctx, environment.bucket, meta.id, json), "block {}", meta.id));
  return meta;
}

}  // namespace varve
