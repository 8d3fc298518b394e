// What a compactor tells about itself, under the names of Thanos' dashboards and alerts; varve_* is ours.
// Source: thanos cmd/thanos/compact.go newCompactMetrics, pkg/compact/compact.go.
#pragma once

#include <chrono>
#include <string_view>

#include "runtime/metrics.h"

namespace varve {

MetricLabels ResolutionLabel(int64_t resolution_ms);  // {resolution}

// What counts by resolution is there at 0 from the start, so that the first failure is an increase.
struct CompactMetrics {
  CompactMetrics(MetricsRegistry& registry, std::chrono::milliseconds delete_delay);

  Counter& retries;
  Counter& iterations;
  Counter& cleanups;
  Counter& partial_deletion_attempts;
  Counter& blocks_cleaned;
  Counter& cleanup_failures;
  CounterFamily& marked;         // {marker, reason}
  Counter& marked_for_deletion;  // the same, as the mixin still asks for it
  Counter& garbage_collected;    // blocks
  Counter& garbage_collections;
  Counter& garbage_collection_failures;
  HistogramMetric& garbage_collection_seconds;
  CounterFamily& compactions;  // {resolution}, as all of a group
  CounterFamily& runs_started;
  CounterFamily& runs_completed;
  CounterFamily& failures;
  CounterFamily& vertical;
  Gauge& todo_compactions;
  Gauge& todo_compaction_blocks;
  Gauge& todo_deletion_blocks;
  Gauge& todo_downsample_blocks;
  CounterFamily& downsamples;          // {resolution} of the source
  CounterFamily& downsample_failures;  // {resolution}
  Counter& downsample_failed;          // the same, as the mixin still asks for it
  HistogramMetric& downsample_seconds;
  GaugeFamily& quarantined;      // varve_compact_quarantined_blocks{reason}
  Gauge& held_groups;            // varve_compact_held_groups: of the last iteration, those that could not go on
  Gauge& retention_held_blocks;  // by the interlock, in the last iteration
  Gauge& retention_held_bytes;
  Counter& samples;                 // varve_compact_samples_total: read from inputs
  Counter& other_compactor_blocks;  // varve_compact_other_compactor_blocks_total
};

}  // namespace varve
