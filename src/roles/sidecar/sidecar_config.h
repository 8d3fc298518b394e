// The flags of `varve sidecar`.
// Source: thanos cmd/thanos/{sidecar,config}.go of 0.43, and the spellings of 0.32.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "roles/command_line.h"
#include "roles/server_flags.h"
#include "roles/time_flag.h"

namespace varve {

struct SidecarConfig {
  ServerFlags server;

  std::string prometheus_url = "http://localhost:9090";
  int64_t ready_timeout_ms = 600'000;
  int64_t get_config_interval_ms = 30'000, get_config_timeout_ms = 30'000;
  std::string http_client;  // YAML
  std::string tsdb_path = "./data";
  TimeFlag min_time = kBeginningOfTime;
  int64_t request_series_max = 0, request_samples_max = 0;

  std::string objstore;       // YAML; empty: no uploads
  std::string objstore_path;  // of its file, if it came from one
  bool upload_compacted = false, ignore_unequal_block_size = false, allow_out_of_order_uploads = false,
       skip_corrupted_blocks = false;
  std::string hash_function;  // "" or SHA256
  std::string shipper_meta_file = "thanos.shipper.json";
  int64_t upload_concurrency = 0;
  bool upload_index_header = true;
};

void AddFlags(CommandLine& flags, SidecarConfig& config);

}  // namespace varve
