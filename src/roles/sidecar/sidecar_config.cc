#include "roles/sidecar/sidecar_config.h"

namespace varve {

void AddFlags(CommandLine& flags, SidecarConfig& config) {
  AddServerFlags(flags, config.server);
  flags.Text("prometheus.url", config.prometheus_url, "URL at which Prometheus' API is reached, best over localhost.");
  flags.DurationMs("prometheus.ready_timeout", config.ready_timeout_ms,
                   "Time Prometheus has to show external labels before the shipper gives up.");
  flags.DurationMs("prometheus.get_config_interval", config.get_config_interval_ms,
                   "How often Prometheus' configuration is asked for; also the heartbeat.");
  flags.DurationMs("prometheus.get_config_timeout", config.get_config_timeout_ms, "Time that may take.");
  flags.PathOrContent("prometheus.http-client", config.http_client, "How to speak to Prometheus: TLS, basic auth, bearer token.");
  flags.Text("tsdb.path", config.tsdb_path, "Prometheus' data directory.");
  flags.Time("min-time", config.min_time, "Samples before are not served: RFC 3339, or a distance from now such as -1d.");
  flags.Integer("store.limits.request-series", config.request_series_max, "Series a call may touch. 0: no limit.");
  flags.Integer("store.limits.request-samples", config.request_samples_max,
                "Samples a call may touch, counted as 120 a chunk. 0: no limit.");
  flags.PathOrContent("objstore.config", config.objstore, "The bucket to ship blocks to. Without it nothing is shipped.",
                      &config.objstore_path);
  flags.Switch("shipper.upload-compacted", config.upload_compacted,
               "Ship compacted blocks too, to move an old Prometheus' history.");
  flags.Choice("hash-func", config.hash_function, {"", "SHA256"}, "Hash of each file to keep in meta.json.");
  flags.Text("shipper.meta-file-name", config.shipper_meta_file, "File in the data directory that remembers what was shipped.");
  flags.Integer("shipper.upload-concurrency", config.upload_concurrency, "Files of a block uploaded at a time. 0: chosen here.");
  flags.Switch("shipper.upload-index-header", config.upload_index_header,
               "Put an index header beside each block, so that Varve's store needs one request for it. Thanos ignores it.");
  flags.HideFollowing();
  flags.Switch("shipper.ignore-unequal-block-size", config.ignore_unequal_block_size,
               "Ship although Prometheus compacts on its own.");
  flags.Switch("shipper.allow-out-of-order-uploads", config.allow_out_of_order_uploads,
               "Go on with the next block when one cannot be shipped.");
  flags.Switch("shipper.skip-corrupted-blocks", config.skip_corrupted_blocks,
               "Leave corrupted blocks out instead of trying them again.");
  flags.HideFollowing(false);
  flags.Refuse(
      {"reloader.config-file", "reloader.config-envsubst-file", "reloader.rule-dir", "reloader.watch-interval",
       "reloader.retry-interval", "reloader.method", "reloader.process-name"},
      "reloading Prometheus' configuration is not there yet; leave the flag out, or run a config reloader beside Prometheus");
}

}  // namespace varve
