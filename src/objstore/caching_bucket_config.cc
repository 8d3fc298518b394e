#include "objstore/caching_bucket_config.h"

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

void ReadTtl(YamlMap& map, std::string_view key, std::chrono::milliseconds& out) {
  int64_t ms = out.count();
  map.ReadDurationMs(key, ms);
  out = std::chrono::milliseconds(ms);
}

}  // namespace

absl::StatusOr<CachingBucketConfig> ParseCachingBucketConfig(std::string_view yaml) {
  const std::string where = "caching bucket config";
  VARVE_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::Parse(yaml));
  CachingBucketConfig config;
  CachingBucketOptions& options = config.options;
  std::string type;
  int64_t requests_max = static_cast<int64_t>(options.chunk_requests_max);
  YamlMap map(root, where);
  map.Read("type", type);
  const YamlNode* backend = map.Child("config");
  map.Read("chunk_subrange_size", options.chunk_subrange_bytes);
  map.Read("max_chunks_get_range_requests", requests_max);
  map.ReadSizeBytes("metafile_max_size", options.metafile_bytes_max);
  ReadTtl(map, "chunk_object_attrs_ttl", options.chunk_attributes_ttl);
  ReadTtl(map, "chunk_subrange_ttl", options.chunk_subrange_ttl);
  ReadTtl(map, "blocks_iter_ttl", options.blocks_iter_ttl);
  ReadTtl(map, "metafile_exists_ttl", options.metafile_exists_ttl);
  ReadTtl(map, "metafile_doesnt_exist_ttl", options.metafile_doesnt_exist_ttl);
  ReadTtl(map, "metafile_content_ttl", options.metafile_content_ttl);
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (options.chunk_subrange_bytes < 1000 || options.chunk_subrange_bytes > (64 << 20)) {
    return InvalidArgument("{}: chunk_subrange_size: {} is not between 1000 and 64 MiB", where, options.chunk_subrange_bytes);
  }
  options.chunk_requests_max = requests_max <= 0 ? 0 : static_cast<size_t>(requests_max);
  VARVE_ASSIGN_OR_RETURN(config.cache, ReadCacheConfig(type, backend, where));
  return config;
}

}  // namespace varve
