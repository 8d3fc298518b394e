#include "roles/store/store_config.h"

namespace varve {

void AddBucketFlags(CommandLine& flags, BucketFlags& bucket) {
  flags.Text("data-dir", bucket.data_dir,
             "Local directory for index headers and cached metas. It may be lost: all of it is made again.");
  flags.PathOrContent("objstore.config", bucket.objstore, "The bucket.", &bucket.objstore_path);
  flags.Switch("cache-index-header", bucket.cache_index_header,
               "Keep index headers in the data directory. Without, they live in a temporary one.");
  flags.DurationMs("sync-block-duration", bucket.sync_interval_ms, "How often the bucket is listed.");
  flags.Choice("block-discovery-strategy", bucket.discovery_strategy, {"concurrent", "recursive"},
               "A listing of the root and calls for each block, or one recursive listing that tells it all.");
  flags.Integer("block-meta-fetch-concurrency", bucket.meta_fetch_concurrency, "Metas fetched at a time.");
  flags.Integer("block-sync-concurrency", bucket.block_sync_concurrency, "Blocks opened at a time.");
  flags.Time("min-time", bucket.min_time, "Blocks that end before are left out: RFC 3339, or a distance from now such as -6w.");
  flags.Time("max-time", bucket.max_time, "Blocks that begin after are left out.");
  flags.PathOrContent("selector.relabel-config", bucket.selector_relabel,
                      "Relabelling (keep, drop, hashmod) over external labels and __block_id: which blocks are served.");
  flags.DurationMs("consistency-delay", bucket.consistency_delay_ms,
                   "Age of a fresh block before it is used, for stores that list late.");
  flags.DurationMs("ignore-deletion-marks-delay", bucket.ignore_deletion_marks_delay_ms,
                   "How long a block marked for deletion is still served. Half of the compactor's --delete-delay.");
  flags.Integer("store.limits.request-series,store.grpc.touched-series-limit", bucket.request_series_max,
                "Series a call may touch. 0: no limit.");
  flags.Integer("store.limits.request-samples,store.grpc.series-sample-limit", bucket.request_samples_max,
                "Samples a call may touch, counted as 120 a chunk. 0: no limit.");
  flags.SizeBytes("store.grpc.downloaded-bytes-limit", bucket.downloaded_bytes_max,
                  "Bytes a call may read from the bucket. 0: no limit.");
  flags.Integer("store.grpc.series-max-concurrency", bucket.series_concurrency_max,
                "Series calls served at a time; the others wait.");
  flags.DurationMs("store.log-queries-longer-than", bucket.log_queries_longer_than_ms,
                   "Series calls that take longer are logged, with requests, bytes, cache hits and estimated cost. 0: none.");
  flags.Choice("store.index-header-lazy-download-strategy", bucket.index_header_download, {"lazy", "eager"},
               "When an index header is made: at the first query of its block, or before the block is served.");
  flags.Switch("store.enable-lazy-expanded-postings", bucket.lazy_expanded_postings,
               "Leave out postings lists that are longer than the series they would spare, and look at those series' labels.");
  flags.Real("store.posting-group-max-key-series-ratio", bucket.posting_keys_per_series_max,
             "Leave out a matcher with more than so many values for each series expected. 0: never for that.");
  flags.PathOrContent("index-cache.config", bucket.index_cache,
                      "The index cache: type IN-MEMORY, MEMCACHED, REDIS or DISK. Without: in memory, of --index-cache-size.");
  flags.SizeBytes("index-cache-size", bucket.index_cache_bytes,
                  "Bytes of the index cache when --index-cache.config is not given.");
  flags.PathOrContent("store.caching-bucket.config", bucket.caching_bucket,
                      "A cache of chunks and metas before the bucket: type IN-MEMORY, MEMCACHED, REDIS or DISK.");
  flags.SizeBytes(
      "store.memory-limit", bucket.memory_bytes_max,
      "Memory that caches and queries may take together. Caches give way first; then queries fail with a limit error. "
      "0: no limit.");
  flags.HideFollowing();
  flags.DurationMs("store.index-header-lazy-reader-idle-timeout", bucket.index_header_idle_ms,
                   "An index header unused for so long is unmapped.");
  flags.Integer("debug.series-batch-size", bucket.series_batch,
                "Series entries read together. 0: as many as a round trip is worth.");
  flags.Integer("debug.estimated-max-series-size", bucket.estimated_series_bytes, "Bytes expected of a series entry, at most.");
  flags.Integer("debug.estimated-max-chunk-size", bucket.estimated_chunk_bytes, "Bytes expected of a chunk, at most.");
  flags.HideFollowing(false);
  flags.Ignore({"chunk-pool-size"}, "chunks are not pooled, so there is no pool to bound; see --store.memory-limit");
  flags.Ignore({"store.enable-index-header-lazy-reader", "store.index-header-posting-offsets-in-mem-sampling"},
               "index headers are always mapped when a query needs them");
  flags.Ignore({"debug.advertise-compatibility-label"}, "only queriers older than 0.8 need it");
  flags.Refuse({"objstore-parquet.config", "objstore-parquet.config-file"}, "Parquet blocks are not read; leave the flag out");
  flags.Ignore({"matcher-cache-size"}, "matchers are compiled once a call, and what they select is in the index cache");
}

void AddFlags(CommandLine& flags, StoreConfig& config) {
  AddServerFlags(flags, config.server);
  AddBucketFlags(flags, config.bucket);
  flags.Switch("web.disable", config.web_disabled, "Do not serve /api/v1/blocks.");
  flags.Switch("disable-admin-operations", config.admin_disabled, "Do not let /api/v1/blocks/mark mark blocks.");
  flags.Text("bucket-web-label", config.web_label, "External label that names groups in the list of blocks.");
  flags.Switch("web.disable-cors", config.cors_disabled, "Do not send CORS headers.");
  flags.Ignore({"web.external-prefix", "web.prefix-header"}, "there is no page on this port that links to others");
}

}  // namespace varve
