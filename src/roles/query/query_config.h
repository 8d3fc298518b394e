// The flags of `varve query`, and the query flags that other roles share with it.
// Source: thanos cmd/thanos/query.go of 0.43, and the spellings of 0.32.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/api_config.h"
#include "model/labels.h"
#include "model/relabel.h"
#include "promql/planner/optimization.h"
#include "roles/command_line.h"
#include "roles/server_flags.h"
#include "roles/web_flags.h"
#include "storage/dedup.h"

namespace varve {

// How queries are run, whatever they read from.
struct QueryEngineFlags {
  int64_t timeout_ms = 120'000;
  int64_t concurrent_max = 20;
  int64_t samples_max = 50'000'000;
  uint64_t memory_max = 0;          // bytes a query may hold; 0: no limit
  uint64_t process_memory_max = 0;  // bytes all queries may hold together; 0: no limit
  int64_t lookback_ms = 300'000;
  int64_t default_evaluation_interval_ms = 60'000;
  std::vector<std::string> replica_labels;  // each may be a comma list
  std::string dedup_function = "penalty";
  std::string promql_engine = "prometheus";
  std::vector<std::string> features;
  std::vector<std::string> disabled_optimizers;  // each may be a comma list
  std::string active_query_path;                 // directory; empty: active queries are not recorded
};

struct EndpointFlags {
  std::vector<std::string> addresses, strict_addresses, groups, strict_groups;
  std::string sd_config;       // YAML
  std::string sd_config_path;  // its file, to be read again; empty if the YAML was the flag itself
  int64_t sd_config_reload_ms = 300'000;
  std::vector<std::string> sd_files;
  int64_t sd_files_interval_ms = 300'000;
  int64_t dns_interval_ms = 30'000;
  int64_t unhealthy_timeout_ms = 300'000;
  int64_t info_timeout_ms = 5'000;
  int64_t response_timeout_ms = 0;
  bool tls_secure = false, tls_skip_verify = false;
  std::string tls_cert, tls_key, tls_ca, tls_server_name, tls_min_version = "1.3";
  std::vector<std::string> connection_metric_labels = {"external_labels", "store_type"};
};

struct QueryConfig {
  ServerFlags server;
  QueryEngineFlags engine;
  WebFlags web;
  EndpointFlags endpoints;
  QueryApiConfig api;
  std::string mode = "local";
  std::vector<std::string> selector_labels;  // name="value"
  std::string selector_relabel;
  int64_t request_series_max = 0, request_samples_max = 0;
};

void AddFlags(CommandLine& flags, QueryConfig& config);

// The parts `up` shares.
void AddQueryEngineFlags(CommandLine& flags, QueryEngineFlags& engine, QueryApiConfig& api);

// Brings what the flags say about the API together: replica labels out of comma lists, features.
absl::Status CompleteApiConfig(const QueryEngineFlags& engine, const WebFlags& web, QueryApiConfig& api);
std::vector<std::string> ReplicaLabels(const QueryEngineFlags& engine);
absl::StatusOr<promql::OptimizationSet> Optimizations(const QueryEngineFlags& engine);

}  // namespace varve
