// What a Prometheus client says about its own process: process_cpu_seconds_total, process_resident_memory_bytes, ...
// Source: prometheus/client_golang process collector; read from /proc/self at each scrape.
#pragma once

#include "runtime/metrics.h"

namespace varve {

// The families as of now, for MetricsAsText of a whole process.
std::vector<prometheus::MetricFamily> CollectProcessMetrics();

}  // namespace varve
