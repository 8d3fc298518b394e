// What a store gateway tells about itself, under the names of Thanos' dashboards and alerts; varve_* is ours.
// Threads  share freely, but for ChunkSizes.
// Source   thanos pkg/store/bucket.go newBucketStoreMetrics.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/metrics.h"

namespace varve {

struct BucketStoreMetrics {
  explicit BucketStoreMetrics(MetricsRegistry& registry);
  Counter& block_loads;
  Counter& block_load_failures;  // an index-header that could not be made ahead
  Counter& block_drops;
  Counter& block_drop_failures;  // files of it that could not be removed
  Gauge& blocks_loaded;
  Gauge& blocks_last_loaded;
  HistogramMetric& blocks_queried;
  HistogramMetric& series_touched;  // before blocks are merged
  HistogramMetric& chunks_touched;
  HistogramMetric& bytes_touched;  // asked for
  HistogramMetric& bytes_fetched;  // read from the bucket, with what lies between
  HistogramMetric& result_series;
  HistogramMetric& open_duration;
  HistogramMetric& merge_duration;
  HistogramMetric& sent_chunk_bytes;  // of one series
  HistogramMetric& bucket_requests;
  CounterFamily& queries_dropped;  // {reason}
  Counter& blocks_failed;
};

// The bytes of the chunks of each series of one call, for sent_chunk_bytes: counted without a lock, told at the end.
class ChunkSizes {
 public:
  static constexpr std::array<uint64_t, 6> kBoundaries = {32, 256, 512, 1024, 32 << 10, 256 << 10};

  void Add(uint64_t bytes);
  void AddTo(HistogramMetric& histogram) const;

 private:
  std::array<uint64_t, kBoundaries.size() + 1> counts_{};
  uint64_t sum_ = 0;
};

}  // namespace varve
