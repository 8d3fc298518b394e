// The GCS part of the object storage YAML: every key of Thanos', with its defaults.
//
// Shape    `use_grpc` and `grpc_conn_pool_size` are taken; Varve speaks the JSON API all the same.
// Errors   InvalidArgument naming the key; unknown keys are errors.
// Source   thanos-io/objstore providers/gcs/gcs.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <string>

#include "base/yaml.h"
#include "objstore/http/http_config.h"

namespace varve {

struct GcsConfig {
  std::string bucket;
  std::string service_account;  // JSON text; empty: see gcs_tokens.h
  uint64_t chunk_bytes = 16 << 20;
  int max_retries = 0;
  bool use_grpc = false;
  bool mark_raw_chunks = false;
  ObjstoreHttpConfig http;
  // The same document as it is now, of which the service account alone is taken anew; empty if it does not change.
  std::function<absl::StatusOr<GcsConfig>()> read_again;
};

absl::StatusOr<GcsConfig> ReadGcsConfig(const YamlNode& node);

}  // namespace varve
