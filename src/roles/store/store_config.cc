#include "roles/store/store_config.h"

namespace varve {

void AddBucketFlags(CommandLine& flags, BucketFlags& bucket) {
  flags.Text("data-dir", bucket.data_dir,
             "Local directory for index headers and cached metas. It may be lost: all of it is made again.");
  flags.PathOrContent("objstore.config", bucket.objstore, "The bucket.");
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
  flags.HideFollowing();
  flags.DurationMs("store.index-header-lazy-reader-idle-timeout", bucket.index_header_idle_ms,
                   "An index header unused for so long is unmapped.");
  flags.HideFollowing(false);
  flags.Ignore({"chunk-pool-size"}, "chunks are not pooled, so there is no pool to bound");
  flags.Ignore({"store.enable-index-header-lazy-reader", "store.index-header-lazy-download-strategy",
                "store.index-header-posting-offsets-in-mem-sampling"},
               "index headers are always built on first need and mapped");
  flags.Ignore({"store.enable-lazy-expanded-postings", "store.posting-group-max-key-series-ratio", "debug.series-batch-size",
                "debug.estimated-max-series-size", "debug.estimated-max-chunk-size", "debug.advertise-compatibility-label"},
               "reads are planned from the block's own statistics");
  flags.Refuse({"index-cache.config", "index-cache.config-file", "index-cache-size"},
               "the index cache is not there yet; leave the flag out");
  flags.Refuse({"store.caching-bucket.config", "store.caching-bucket.config-file"},
               "the caching bucket is not there yet; leave the flag out");
  flags.Refuse({"objstore-parquet.config", "objstore-parquet.config-file"}, "Parquet blocks are not read; leave the flag out");
  flags.Ignore({"matcher-cache-size"}, "matchers are compiled once a call");
}

void AddFlags(CommandLine& flags, StoreConfig& config) {
  AddServerFlags(flags, config.server);
  AddBucketFlags(flags, config.bucket);
  flags.Ignore({"web.disable", "bucket-web-label", "disable-admin-operations", "web.external-prefix", "web.prefix-header",
                "web.disable-cors"},
               "there is no block viewer on this port yet");
}

}  // namespace varve
