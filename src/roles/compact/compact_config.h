// The flags of `varve compact`.
// Source: thanos cmd/thanos/compact.go of 0.43 and 0.32.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "roles/block_selection.h"
#include "roles/command_line.h"
#include "roles/server_flags.h"
#include "roles/web_flags.h"

namespace varve {

struct CompactConfig {
  ServerFlags server;
  std::string data_dir = "./data";
  std::string objstore;       // YAML
  std::string objstore_path;  // of its file, if it came from one
  bool wait = false;
  int64_t wait_interval_ms = 300'000;
  int64_t consistency_delay_ms = 1'800'000;
  int64_t delete_delay_ms = 172'800'000;
  int64_t retention_raw_ms = 0, retention_5m_ms = 0, retention_1h_ms = 0;
  bool retention_interlock = true;
  bool retention_dry_run = false;
  double price_gib_month = 0.023;
  bool downsampling_disabled = false;
  std::string discovery_strategy = "concurrent";
  int64_t meta_fetch_concurrency = 32;
  int64_t files_concurrency = 1;
  int64_t concurrency = 1;
  int64_t blocks_fetch_concurrency = 1;
  int64_t downsample_concurrency = 1;
  int64_t cleanup_interval_ms = 300'000;
  int64_t progress_interval_ms = 300'000;
  int64_t view_interval_ms = 60'000;
  int64_t view_timeout_ms = 300'000;
  std::vector<std::string> replica_labels;  // each may be a list with commas
  std::string dedup_function;
  bool vertical = false;
  uint64_t index_bytes_max = uint64_t{64} << 30;
  int64_t max_level = 4;
  std::string hash_function;
  BlockSelection selection;
  WebFlags web;
  bool web_disabled = false;
  std::string web_label;
  bool admin_disabled = false;
};

void AddFlags(CommandLine& flags, CompactConfig& config);

// The replica labels one by one.
std::vector<std::string> ReplicaLabels(const CompactConfig& config);

// FailedPrecondition for flags that contradict each other.
absl::Status CheckConfig(const CompactConfig& config);

}  // namespace varve
