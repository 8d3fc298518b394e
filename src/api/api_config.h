// What the flags of a role say about its HTTP API. The defaults are those of `thanos query`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "promql/parser.h"

namespace varve {

struct QueryApiConfig {
  std::vector<std::string> replica_labels;                            // --query.replica-label
  bool auto_downsampling = false;                                     // --query.auto-downsampling
  bool partial_response = true;                                       // --query.partial-response
  bool rule_partial_response = true, target_partial_response = true;  // --rule.partial-response, ...
  bool metadata_partial_response = true, exemplar_partial_response = true, status_partial_response = true;
  int64_t default_step_ms = 1'000;               // --query.default-step; 0: `step` must be given, as in Prometheus
  int64_t instant_max_source_resolution_ms = 0;  // --query.instant.default.max_source_resolution
  int64_t metadata_range_ms = 0;                 // --query.metadata.default-time-range; 0: all time
  int64_t lookback_ms = 300'000;                 // --query.lookback-delta
  bool dynamic_lookback = true;                  // --query.dynamic-lookback-delta: at least the resolution's
  bool cors = true;                              // not --web.disable-cors
  promql::ParserOptions parser;                  // --enable-feature
  bool per_step_stats = false;                   // likewise: stats=all answers with counts by step

  std::string tenant_header = "THANOS-TENANT";    // --query.tenant-header
  std::string default_tenant = "default-tenant";  // --query.default-tenant-id
  bool enforce_tenancy = false;                   // --query.enforce-tenancy: a query sees its tenant's series alone
  std::string tenant_label = "tenant_id";         // --query.tenant-label-name

  std::string version;                                     // of /status/buildinfo
  std::vector<std::pair<std::string, std::string>> flags;  // of /status/flags, secrets removed
};

}  // namespace varve
