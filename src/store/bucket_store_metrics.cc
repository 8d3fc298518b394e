#include "store/bucket_store_metrics.h"

#include <algorithm>
#include <vector>

namespace varve {
namespace {

const MetricBuckets kSeconds = {0.001, 0.01, 0.1, 0.3, 0.6, 1, 3, 6, 9, 20, 30, 60, 90, 120};
const MetricBuckets kCounts = {1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};
const MetricBuckets kByteSizes = {1 << 10, 16 << 10, 256 << 10, 4 << 20, 64 << 20, 256 << 20, 1 << 30};

HistogramMetric& Touched(MetricsRegistry& registry, const char* data_type) {
  return NewHistogram(
      registry, "thanos_bucket_store_series_data_touched",
      "Number of items of a data type that were touched to satisfy a single Series request, those from caches too.", kCounts,
      {{"data_type", data_type}});
}

}  // namespace

BucketStoreMetrics::BucketStoreMetrics(MetricsRegistry& registry)
    : block_loads(
          NewCounter(registry, "thanos_bucket_store_block_loads_total", "Total number of remote block loading attempts.")),
      block_load_failures(NewCounter(registry, "thanos_bucket_store_block_load_failures_total",
                                     "Total number of failed remote block loading attempts.")),
      block_drops(
          NewCounter(registry, "thanos_bucket_store_block_drops_total", "Total number of local blocks that were dropped.")),
      block_drop_failures(NewCounter(registry, "thanos_bucket_store_block_drop_failures_total",
                                     "Total number of local blocks that failed to be dropped.")),
      blocks_loaded(NewGauge(registry, "thanos_bucket_store_blocks_loaded", "Number of currently loaded blocks.")),
      blocks_last_loaded(NewGauge(registry, "thanos_bucket_store_blocks_last_loaded_timestamp_seconds",
                                  "Timestamp when last block got loaded.")),
      blocks_queried(NewHistogram(registry, "thanos_bucket_store_series_blocks_queried",
                                  "Number of blocks in a bucket store that were touched to satisfy a query.",
                                  {1, 2, 4, 8, 16, 32, 64, 128, 256, 512})),
      series_touched(Touched(registry, "series")),
      chunks_touched(Touched(registry, "chunks")),
      bytes_touched(NewHistogram(registry, "thanos_bucket_store_series_data_size_touched_bytes",
                                 "Bytes of postings, series and chunks that a single Series request asked the bucket for.",
                                 kByteSizes, {{"data_type", "all"}})),
      bytes_fetched(
          NewHistogram(registry, "thanos_bucket_store_series_data_size_fetched_bytes",
                       "Bytes read from the bucket for a single Series request, what lies between parts asked for included.",
                       kByteSizes, {{"data_type", "all"}})),
      result_series(NewHistogram(registry, "thanos_bucket_store_series_result_series",
                                 "Number of series observed in the final result of a query.", kCounts)),
      open_duration(NewHistogram(registry, "thanos_bucket_store_series_get_all_duration_seconds",
                                 "Time it takes until all per-block prepares and loads for a query are finished.", kSeconds)),
      merge_duration(NewHistogram(registry, "thanos_bucket_store_series_merge_duration_seconds",
                                  "Time it takes to merge sub-results from all queried blocks and send them.", kSeconds)),
      sent_chunk_bytes(
          NewHistogram(registry, "thanos_bucket_store_sent_chunk_size_bytes",
                       "Size in bytes of the chunks for the single series, which is adequate to the gRPC message size "
                       "sent to querier.",
                       MetricBuckets(ChunkSizes::kBoundaries.begin(), ChunkSizes::kBoundaries.end()))),
      bucket_requests(NewHistogram(registry, "varve_bucket_store_series_bucket_requests",
                                   "Requests to the bucket that a Series call took, headers built on the way included.",
                                   {0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096})),
      queries_dropped(NewCounterFamily(registry, "thanos_bucket_store_queries_dropped_total",
                                       "Number of queries that were dropped due to the limit.")),
      blocks_failed(NewCounter(registry, "varve_bucket_store_blocks_left_out_total",
                               "Number of times a block could not be read and was left out of an answer.")) {
  for (const char* reason : {"series", "chunks", "bytes"}) queries_dropped.Add({{"reason", reason}});
}

void ChunkSizes::Add(uint64_t bytes) {
  const auto bucket = std::lower_bound(kBoundaries.begin(), kBoundaries.end(), bytes);
  ++counts_[static_cast<size_t>(bucket - kBoundaries.begin())];
  sum_ += bytes;
}

void ChunkSizes::AddTo(HistogramMetric& histogram) const {
  histogram.ObserveMultiple(std::vector<double>(counts_.begin(), counts_.end()), static_cast<double>(sum_));
}

}  // namespace varve
