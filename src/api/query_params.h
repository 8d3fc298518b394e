// The parameters of query and query_range, and those Thanos adds to them and to the label endpoints.
// Errors   InvalidArgument with Prometheus' or Thanos' text.
// Source   prometheus web/api/v1/api.go query, queryRange; thanos pkg/api/query/v1.go.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "api/api_config.h"
#include "api/source_factory.h"
#include "base/time_range.h"
#include "net/http_message.h"

namespace varve {

struct QueryParams {
  std::string query;
  // An instant query has start == end and no step.
  TimestampMs start = 0, end = 0;
  int64_t step_ms = 0;
  std::optional<std::chrono::nanoseconds> timeout;
  uint64_t limit = 0;  // of series in the answer; 0: none
  int64_t lookback_ms = 0;
  std::string stats;       // answer with statistics; "all": by step, too, if the role has that
  bool analyze = false;    // and with what each operator did
  bool plan_only = false;  // do not run it: the result has nothing but the operators
  SourceOptions source;
};

absl::StatusOr<QueryParams> ReadInstantParams(const HttpRequest& request, const QueryApiConfig& config, TimestampMs now);
absl::StatusOr<QueryParams> ReadRangeParams(const HttpRequest& request, const QueryApiConfig& config);

// The time range of series, labels and label values.
absl::StatusOr<QueryRange> ReadMetadataRange(const HttpRequest& request, const QueryApiConfig& config, TimestampMs now);

// dedup, replicaLabels[], storeMatch[], partial_response, shard_info and the tenant.
absl::StatusOr<SourceOptions> ReadSourceOptions(const HttpRequest& request, const QueryApiConfig& config);

// A series downsampled to 5 m needs a lookback of that much at least.
int64_t LookbackFor(int64_t max_source_resolution_ms, const QueryApiConfig& config);

}  // namespace varve
