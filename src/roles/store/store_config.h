// The flags of `varve store`, and those `up` shares with it.
// Source: thanos cmd/thanos/store.go of 0.43, and the spellings of 0.32.
#pragma once

#include <cstdint>
#include <string>

#include "roles/command_line.h"
#include "roles/server_flags.h"
#include "roles/time_flag.h"

namespace varve {

// What a store gateway is told about its bucket, whether it stands alone or inside `up`.
struct BucketFlags {
  std::string data_dir = "./data";
  std::string objstore;       // YAML
  std::string objstore_path;  // of its file, if it came from one
  bool cache_index_header = true;
  int64_t sync_interval_ms = 900'000;
  std::string discovery_strategy = "recursive";
  int64_t meta_fetch_concurrency = 32;
  int64_t block_sync_concurrency = 20;
  TimeFlag min_time = kBeginningOfTime, max_time = kEndOfTime;
  std::string selector_relabel;
  int64_t consistency_delay_ms = 0;
  int64_t ignore_deletion_marks_delay_ms = 86'400'000;
  int64_t request_series_max = 0, request_samples_max = 0;
  uint64_t downloaded_bytes_max = 0;
  int64_t series_concurrency_max = 20;
  int64_t index_header_idle_ms = 300'000;
  int64_t log_queries_longer_than_ms = 0;
  std::string index_header_download = "lazy";
  std::string index_cache;  // YAML
  uint64_t index_cache_bytes = uint64_t{250} << 20;
  std::string caching_bucket;  // YAML
  uint64_t memory_bytes_max = 0;
  bool lazy_expanded_postings = true;
  double posting_keys_per_series_max = 100;
  int64_t series_batch = 0, estimated_series_bytes = 65'536, estimated_chunk_bytes = 16'000;
};

struct StoreConfig {
  ServerFlags server;
  BucketFlags bucket;
  bool web_disabled = false, admin_disabled = false, cors_disabled = false;
  std::string web_label;
};

void AddFlags(CommandLine& flags, StoreConfig& config);
void AddBucketFlags(CommandLine& flags, BucketFlags& bucket);

}  // namespace varve
