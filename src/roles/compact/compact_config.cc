#include "roles/compact/compact_config.h"

#include "base/errors.h"
#include "roles/label_flags.h"

namespace varve {

void AddFlags(CommandLine& flags, CompactConfig& config) {
  AddServerFlags(flags, config.server);
  flags.Text("data-dir", config.data_dir, "Local directory for work under way and cached metas. It may be lost.");
  flags.PathOrContent("objstore.config", config.objstore, "The bucket.", &config.objstore_path);
  flags.Switch("wait,w", config.wait, "Go on and look for new work again and again, instead of ending when all is done.");
  flags.DurationMs("wait-interval", config.wait_interval_ms, "With --wait: the pause between two iterations.");
  flags.DurationMs("consistency-delay", config.consistency_delay_ms,
                   "Age of a fresh block before it is used. Uploads broken off are removed after 48 hours.");
  flags.DurationMs("delete-delay", config.delete_delay_ms,
                   "Time between marking a block for deletion and deleting it, for stores to see what replaces it.");
  flags.DurationMs("retention.resolution-raw", config.retention_raw_ms, "How long raw samples are kept. 0d: for ever.");
  flags.DurationMs("retention.resolution-5m", config.retention_5m_ms, "How long 5m data is kept. 0d: for ever.");
  flags.DurationMs("retention.resolution-1h", config.retention_1h_ms, "How long 1h data is kept. 0d: for ever.");
  flags.Switch("retention.interlock", config.retention_interlock,
               "Keep a block past its retention until the next resolution is there, whole, and covers it.");
  flags.Switch("retention.dry-run", config.retention_dry_run, "Say what retention would delete, and delete nothing.");
  flags.Real("retention.price-gib-month", config.price_gib_month, "Dollars for a GiB and month, for what a dry run says.");
  flags.Switch("downsampling.disable", config.downsampling_disabled, "Do not downsample. Queries over long times get slow.");
  flags.Integer("downsample.concurrency", config.downsample_concurrency, "Blocks downsampled at a time.");
  flags.Choice("block-discovery-strategy", config.discovery_strategy, {"concurrent", "recursive"},
               "One call per block, or one recursive listing.");
  flags.Integer("block-meta-fetch-concurrency", config.meta_fetch_concurrency, "Metas fetched at a time.");
  flags.Integer("block-files-concurrency", config.files_concurrency, "Files of a block uploaded at a time.");
  flags.Integer("compact.concurrency", config.concurrency, "Compactions at a time, of one group or of several.");
  flags.Integer("compact.blocks-fetch-concurrency", config.blocks_fetch_concurrency, "Blocks of a compaction opened at a time.");
  flags.DurationMs("compact.cleanup-interval", config.cleanup_interval_ms,
                   "With --wait: how often marked and partial blocks are cleaned besides. 0s: only with each iteration.");
  flags.DurationMs("compact.progress-interval", config.progress_interval_ms,
                   "With --wait: how often the backlog is worked out. 0s: never.");
  flags.DurationMs("block-viewer.global.sync-block-interval", config.view_interval_ms,
                   "With --wait: how often the bucket is listed for /api/v1/blocks.");
  flags.DurationMs("block-viewer.global.sync-block-timeout", config.view_timeout_ms, "How long that may take.");
  flags.List("deduplication.replica-label", config.replica_labels,
             "External label that tells replicas of one producer apart: their blocks become one, for good. May be repeated, "
             "or a list with commas.");
  flags.Choice("deduplication.func", config.dedup_function, {"", "penalty"},
               "How overlapping replicas are merged: every time once, or one replica at a time (needs a replica label).");
  flags.Choice("hash-func", config.hash_function, {"", "SHA256"}, "Hash of each file to keep in meta.json.");
  AddTimeFlags(flags, config.selection);
  AddRelabelFlags(flags, config.selection);
  flags.Switch("web.disable", config.web_disabled, "Do not serve the page of blocks and /api/v1/blocks.");
  AddWebFlags(flags, config.web);
  flags.Text("bucket-web-label", config.web_label, "External label that names groups in the block viewer.");
  flags.Switch("disable-admin-operations", config.admin_disabled, "Refuse marking blocks over HTTP.");
  flags.HideFollowing();
  flags.Switch("compact.enable-vertical-compaction", config.vertical,
               "Merge blocks of one group that overlap, whatever they hold. A replica label says so too.");
  flags.SizeBytes("compact.block-max-index-size", config.index_bytes_max,
                  "A block whose index could make a compacted one larger than this is left out of compaction.");
  flags.Integer("debug.max-compaction-level", config.max_level, "How many of the ranges 2h, 8h, 2d, 14d are used.");
  flags.HideFollowing(false);
  flags.Ignore({"debug.halt-on-error"}, "what fails is held by itself; the compactor does not halt");
  flags.Ignore({"debug.accept-malformed-index"}, "labels out of order are put into order");
  flags.Ignore({"compact.skip-block-with-out-of-order-chunks"}, "chunks out of order are put into order");
}

std::vector<std::string> ReplicaLabels(const CompactConfig& config) { return SplitCommas(config.replica_labels); }

absl::Status CheckConfig(const CompactConfig& config) {
  if (config.objstore.empty()) return InvalidArgument("a bucket is needed: give --objstore.config-file or --objstore.config");
  if (config.dedup_function == "penalty" && ReplicaLabels(config).empty()) {
    return InvalidArgument("--deduplication.func=penalty needs at least one --deduplication.replica-label");
  }
  if (config.concurrency < 1) return InvalidArgument("--compact.concurrency={} must be at least 1", config.concurrency);
  if (config.max_level < 1 || config.max_level > 4) {
    return InvalidArgument("--debug.max-compaction-level={} is not between 1 and 4", config.max_level);
  }
  return absl::OkStatus();
}

}  // namespace varve
