#include "objstore/gcs/gcs_config.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr uint64_t kChunkUnit = 256 << 10;  // chunks of a resumable upload are multiples of it

}  // namespace

absl::StatusOr<GcsConfig> ReadGcsConfig(const YamlNode& node) {
  GcsConfig config;
  uint64_t chunk_bytes = 0;
  int ignored = 0;
  YamlMap map(node, "config of type GCS");
  map.Read("bucket", config.bucket);
  map.Read("service_account", config.service_account);
  map.Read("use_grpc", config.use_grpc);
  map.Read("grpc_conn_pool_size", ignored);
  map.Read("chunk_size_bytes", chunk_bytes);
  map.Read("max_retries", config.max_retries);
  if (const YamlNode* child = map.Child("http_config")) {
    absl::StatusOr<ObjstoreHttpConfig> http = ReadObjstoreHttpConfig(*child, "http_config");
    map.Fail(http.status());
    if (http.ok()) config.http = *std::move(http);
  }
  VARVE_RETURN_IF_ERROR(map.Finish());
  if (config.bucket.empty()) return InvalidArgument("bucket is missing");
  if (config.bucket.find('/') != std::string::npos) {
    return InvalidArgument("bucket {:?} has a slash; a folder in the bucket goes into `prefix`, beside `type`", config.bucket);
  }
  if (chunk_bytes > 0) config.chunk_bytes = std::max(kChunkUnit, chunk_bytes / kChunkUnit * kChunkUnit);
  return config;
}

}  // namespace varve
