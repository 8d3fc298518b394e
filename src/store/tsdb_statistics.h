// Cardinality statistics of TSDB heads: read from Prometheus' JSON, added up over heads.
// Source   thanos pkg/status/statuspb/custom.go.
#pragma once

#include <proto/thanos/status.pb.h>

#include <vector>

#include "base/json_value.h"

namespace varve {

// Adds one TSDB's statistics to those of others: counts are summed, except values by label name, which heads may share; there the
// largest counts. Lists come out largest first, then by name.
void AddStatistics(const thanos::TSDBStatisticsEntry& from, thanos::TSDBStatisticsEntry& to);
// The same tenant by tenant.
thanos::TSDBStatistics TidyStatistics(const std::vector<thanos::TSDBStatistics>& parts);

// An answer of /api/v1/status/tsdb ("data"), at most `limit` entries a list; 0: all.
thanos::TSDBStatisticsEntry StatisticsOfJson(const JsonValue& data, int limit);

}  // namespace varve
