// No flag of Thanos is unknown: each of 0.43, hidden ones too, and of 0.32 has a meaning here, a reason to be without effect, or
// advice what to do instead.
#include <absl/strings/str_split.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "roles/compact/compact_config.h"
#include "roles/query/query_config.h"
#include "roles/sidecar/sidecar_config.h"
#include "roles/store/store_config.h"
#include "roles/tools/tools_command.h"

namespace varve {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kQueryFlags =
    "alert.query-url auto-gomemlimit.ratio debug.name deduplication.func enable-auto-gomemlimit enable-feature endpoint "
    "endpoint-group endpoint-group-strict endpoint-strict endpoint.info-timeout endpoint.sd-config endpoint.sd-config-file "
    "endpoint.sd-config-reload-interval exemplar exemplar.partial-response grpc-address grpc-client-server-name "
    "grpc-client-tls-ca grpc-client-tls-cert grpc-client-tls-key grpc-client-tls-min-version grpc-client-tls-secure "
    "grpc-client-tls-skip-verify grpc-compression grpc-grace-period grpc-server-max-connection-age grpc-server-tls-cert "
    "grpc-server-tls-ciphers grpc-server-tls-client-ca grpc-server-tls-curves grpc-server-tls-key "
    "grpc-server-tls-min-version grpc.proxy-strategy http-address http-grace-period http.config inject-test-addresses "
    "log.format log.level metadata metric-metadata.partial-response query.active-query-path query.auto-downsampling "
    "query.conn-metric.label query.default-evaluation-interval query.default-step query.default-tenant "
    "query.default-tenant-id query.disable-fallback query.distributed-with-overlapping-interval "
    "query.dynamic-lookback-delta query.enable-x-functions query.enforce-tenancy "
    "query.instant.default.max_source_resolution query.lazy-retrieval-max-buffered-responses query.lookback-delta "
    "query.max-concurrent query.max-concurrent-select query.metadata.default-time-range query.mode query.partial-response "
    "query.partition-label query.promql-engine query.replica-label query.telemetry.request-duration-seconds-quantiles "
    "query.telemetry.request-samples-quantiles query.telemetry.request-series-seconds-quantiles "
    "query.tenant-certificate-field query.tenant-header query.tenant-label-name query.timeout request.logging-config "
    "request.logging-config-file rule rule.partial-response selector-label selector.relabel-config "
    "selector.relabel-config-file status.partial-response store store-strict store.limits.request-samples "
    "store.limits.request-series store.response-timeout store.sd-dns-interval store.sd-dns-resolver store.sd-files "
    "store.sd-interval store.unhealthy-timeout target target.partial-response tracing.config tracing.config-file "
    "web.disable-cors web.external-prefix web.prefix-header web.route-prefix";

constexpr std::string_view kStoreFlags =
    "auto-gomemlimit.ratio block-discovery-strategy block-meta-fetch-concurrency block-sync-concurrency bucket-web-label "
    "cache-index-header chunk-pool-size consistency-delay data-dir debug.advertise-compatibility-label "
    "debug.estimated-max-chunk-size debug.estimated-max-series-size debug.name debug.series-batch-size "
    "disable-admin-operations enable-auto-gomemlimit grpc-address grpc-grace-period grpc-server-max-connection-age "
    "grpc-server-tls-cert grpc-server-tls-ciphers grpc-server-tls-client-ca grpc-server-tls-curves grpc-server-tls-key "
    "grpc-server-tls-min-version http-address http-grace-period http.config ignore-deletion-marks-delay index-cache-size "
    "index-cache.config index-cache.config-file log.format log.level matcher-cache-size max-time min-time "
    "objstore-parquet.config objstore-parquet.config-file objstore.config objstore.config-file request.logging-config "
    "request.logging-config-file selector.relabel-config selector.relabel-config-file store.caching-bucket.config "
    "store.caching-bucket.config-file store.enable-index-header-lazy-reader store.enable-lazy-expanded-postings "
    "store.grpc.downloaded-bytes-limit store.grpc.series-max-concurrency store.grpc.series-sample-limit "
    "store.grpc.touched-series-limit store.index-header-lazy-download-strategy store.index-header-lazy-reader-idle-timeout "
    "store.index-header-posting-offsets-in-mem-sampling store.limits.request-samples store.limits.request-series "
    "store.posting-group-max-key-series-ratio sync-block-duration tracing.config tracing.config-file web.disable "
    "web.disable-cors web.external-prefix web.prefix-header";

constexpr std::string_view kSidecarFlags =
    "auto-gomemlimit.ratio debug.name enable-auto-gomemlimit grpc-address grpc-grace-period grpc-server-max-connection-age "
    "grpc-server-tls-cert grpc-server-tls-ciphers grpc-server-tls-client-ca grpc-server-tls-curves grpc-server-tls-key "
    "grpc-server-tls-min-version hash-func http-address http-grace-period http.config log.format log.level min-time "
    "objstore.config objstore.config-file prometheus.get_config_interval prometheus.get_config_timeout "
    "prometheus.http-client prometheus.http-client-file prometheus.ready_timeout prometheus.url "
    "reloader.config-envsubst-file reloader.config-file reloader.method reloader.process-name reloader.retry-interval "
    "reloader.rule-dir reloader.watch-interval request.logging-config request.logging-config-file "
    "shipper.allow-out-of-order-uploads shipper.ignore-unequal-block-size shipper.meta-file-name "
    "shipper.skip-corrupted-blocks shipper.upload-compacted shipper.upload-concurrency store.limits.request-samples "
    "store.limits.request-series tracing.config tracing.config-file tsdb.path";

constexpr std::string_view kCompactFlags =
    "auto-gomemlimit.ratio block-discovery-strategy block-files-concurrency block-meta-fetch-concurrency "
    "block-viewer.global.sync-block-interval block-viewer.global.sync-block-timeout bucket-web-label "
    "compact.block-max-index-size compact.blocks-fetch-concurrency compact.cleanup-interval compact.concurrency "
    "compact.enable-vertical-compaction compact.progress-interval compact.skip-block-with-out-of-order-chunks "
    "consistency-delay data-dir debug.accept-malformed-index debug.halt-on-error debug.max-compaction-level debug.name "
    "deduplication.func deduplication.replica-label delete-delay disable-admin-operations downsample.concurrency "
    "downsampling.disable enable-auto-gomemlimit hash-func http-address http-grace-period http.config log.format log.level "
    "max-time min-time objstore.config objstore.config-file request.logging-config request.logging-config-file "
    "retention.resolution-1h retention.resolution-5m retention.resolution-raw selector.relabel-config "
    "selector.relabel-config-file tracing.config tracing.config-file wait wait-interval web.disable web.disable-cors "
    "web.external-prefix web.prefix-header web.route-prefix";

// Of `tools bucket`, those that every command has, and each one's own.
constexpr std::string_view kToolFlags =
    "auto-gomemlimit.ratio debug.name enable-auto-gomemlimit log.format log.level objstore.config objstore.config-file "
    "tracing.config tracing.config-file";
constexpr std::pair<std::string_view, std::string_view> kBucketCommands[] = {
    {"ls", "exclude-delete max-time min-time output selector.relabel-config selector.relabel-config-file timeout"},
    {"inspect", "output selector sort-by timeout"},
    {"verify", "delete-delay id issues objstore-backup.config objstore-backup.config-file repair"},
    {"mark", "details id marker remove"},
    {"cleanup", "block-sync-concurrency consistency-delay delete-delay selector.relabel-config selector.relabel-config-file"},
    {"retention",
     "block-sync-concurrency consistency-delay delete-delay retention.resolution-1h retention.resolution-5m "
     "retention.resolution-raw selector.relabel-config selector.relabel-config-file"},
    {"downsample",
     "block-files-concurrency data-dir downsample.concurrency hash-func http-address http-grace-period http.config "
     "wait-interval"},
    {"replicate",
     "compaction compaction-max compaction-min http-address http-grace-period http.config id ignore-marked-for-deletion "
     "matcher max-time min-time objstore-to.config objstore-to.config-file resolution single-run"},
    {"rewrite",
     "delete-blocks dry-run hash-func id prom-blocks rewrite.add-change-log rewrite.to-delete-config "
     "rewrite.to-delete-config-file rewrite.to-relabel-config rewrite.to-relabel-config-file tmp.dir"},
    {"upload-blocks", "label path shipper.upload-compacted shipper.upload-concurrency"},
    {"web",
     "disable-admin-operations http-address http-grace-period http.config label max-time min-time refresh "
     "selector.relabel-config selector.relabel-config-file timeout web.disable-cors web.external-prefix web.prefix-header "
     "web.route-prefix"},
};

template <typename Config>
absl::Status Parse(const std::vector<std::string>& arguments) {
  Config config;
  CommandLine flags("test", "");
  AddFlags(flags, config);
  return flags.Parse(arguments).status();
}

template <typename Config>
void ExpectKnown(std::string_view names) {
  for (const absl::string_view name : absl::StrSplit(absl::string_view(names.data(), names.size()), ' ', absl::SkipEmpty())) {
    const std::string flag = fmt::format("--{}=1", std::string_view(name.data(), name.size()));
    EXPECT_THAT(std::string(Parse<Config>({flag}).message()), Not(HasSubstr("not expected"))) << flag;
  }
  EXPECT_THAT(std::string(Parse<Config>({"--no-such-flag=1"}).message()), HasSubstr("not expected"));
}

TEST(ThanosFlagsTest, Query) { ExpectKnown<QueryConfig>(kQueryFlags); }
TEST(ThanosFlagsTest, Store) { ExpectKnown<StoreConfig>(kStoreFlags); }
TEST(ThanosFlagsTest, Compact) { ExpectKnown<CompactConfig>(kCompactFlags); }
TEST(ThanosFlagsTest, Sidecar) { ExpectKnown<SidecarConfig>(kSidecarFlags); }

// What a command says of a flag; without a bucket it goes no further.
std::string ToolSays(std::string_view command, const std::string& flag) {
  testing::internal::CaptureStderr();
  EXPECT_NE(RunTools("tools", "", {"bucket", std::string(command), flag}), 0) << command << " " << flag;
  return testing::internal::GetCapturedStderr();
}

TEST(ThanosFlagsTest, Tools) {
  for (const auto& [command, own] : kBucketCommands) {
    for (const std::string_view names : {kToolFlags, own}) {
      for (const absl::string_view name : absl::StrSplit(absl::string_view(names.data(), names.size()), ' ')) {
        const std::string flag = fmt::format("--{}=1", std::string_view(name.data(), name.size()));
        EXPECT_THAT(ToolSays(command, flag), Not(HasSubstr("not expected"))) << command << " " << flag;
      }
    }
    EXPECT_THAT(ToolSays(command, "--no-such-flag=1"), HasSubstr("not expected")) << command;
  }
}

TEST(ThanosFlagsTest, QueryFlagsReachTheConfig) {
  QueryConfig config;
  CommandLine flags("query", "");
  AddFlags(flags, config);
  const absl::Status status = flags
                                  .Parse({"--endpoint=a:1",
                                          "--store=b:1",
                                          "--rule=c:1",
                                          "--endpoint-strict=d:1",
                                          "--store-strict=e:1",
                                          "--endpoint-group=dns+f:1",
                                          "--endpoint-group-strict=g:1",
                                          "--store.sd-files=*.yml",
                                          "--store.sd-interval=1m",
                                          "--endpoint.sd-config-reload-interval=10s",
                                          "--query.replica-label=a,b",
                                          "--query.replica-label",
                                          "c",
                                          "--no-query.partial-response",
                                          "--no-status.partial-response",
                                          "--store.limits.request-series=5",
                                          "--query.active-query-path=/tmp/x",
                                          "--query.default-evaluation-interval=30s",
                                          "--query.mode=local",
                                          "--web.external-prefix=/x",
                                          "--alert.query-url=http://x",
                                          "--grpc-compression=none"})
                                  .status();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_THAT(config.endpoints.addresses, testing::ElementsAre("a:1", "b:1", "c:1"));
  EXPECT_THAT(config.endpoints.strict_addresses, testing::ElementsAre("d:1", "e:1"));
  EXPECT_THAT(config.endpoints.groups, testing::ElementsAre("dns+f:1"));
  EXPECT_THAT(config.endpoints.strict_groups, testing::ElementsAre("g:1"));
  EXPECT_EQ(config.endpoints.sd_files_interval_ms, 60'000);
  EXPECT_EQ(config.endpoints.sd_config_reload_ms, 10'000);
  EXPECT_THAT(ReplicaLabels(config.engine), testing::ElementsAre("a", "b", "c"));
  EXPECT_FALSE(config.api.partial_response);
  EXPECT_FALSE(config.api.status_partial_response);
  EXPECT_EQ(config.request_series_max, 5);
  EXPECT_EQ(config.engine.active_query_path, "/tmp/x");
  EXPECT_EQ(config.engine.default_evaluation_interval_ms, 30'000);
  EXPECT_EQ(RoutePrefix(config.web), "/x");
  EXPECT_THAT(flags.warnings(), testing::SizeIs(2));  // alert.query-url and grpc-compression have no effect
}

TEST(ThanosFlagsTest, StoreFlagsReachTheConfig) {
  StoreConfig config;
  CommandLine flags("store", "");
  AddFlags(flags, config);
  const absl::Status status =
      flags
          .Parse({"--index-cache-size=1GB", "--index-cache.config=type: IN-MEMORY", "--store.caching-bucket.config=type: REDIS",
                  "--store.memory-limit=256MB", "--no-store.enable-lazy-expanded-postings",
                  "--store.posting-group-max-key-series-ratio=7", "--store.index-header-lazy-download-strategy=eager",
                  "--debug.series-batch-size=5", "--debug.estimated-max-series-size=6", "--debug.estimated-max-chunk-size=7",
                  "--block-sync-concurrency=8", "--chunk-pool-size=2GB"})
          .status();
  ASSERT_TRUE(status.ok()) << status;
  const BucketFlags& bucket = config.bucket;
  EXPECT_EQ(bucket.index_cache_bytes, 1u << 30);
  EXPECT_EQ(bucket.index_cache, "type: IN-MEMORY");
  EXPECT_EQ(bucket.caching_bucket, "type: REDIS");
  EXPECT_EQ(bucket.memory_bytes_max, 256u << 20);
  EXPECT_FALSE(bucket.lazy_expanded_postings);
  EXPECT_EQ(bucket.posting_keys_per_series_max, 7);
  EXPECT_EQ(bucket.index_header_download, "eager");
  EXPECT_EQ(bucket.series_batch, 5);
  EXPECT_EQ(bucket.estimated_series_bytes, 6);
  EXPECT_EQ(bucket.estimated_chunk_bytes, 7);
  EXPECT_EQ(bucket.block_sync_concurrency, 8);
  EXPECT_THAT(flags.warnings(), testing::SizeIs(1));  // chunk-pool-size has no effect
}

TEST(ThanosFlagsTest, RefusalsSayWhatToDo) {
  EXPECT_THAT(std::string(Parse<QueryConfig>({"--query.mode=distributed"}).message()),
              HasSubstr("--query.mode=distributed is not available in this version: "));
  EXPECT_THAT(std::string(Parse<QueryConfig>({"--query.mode", "distributed"}).message()), HasSubstr("leave the flag out"));
  EXPECT_THAT(std::string(Parse<QueryConfig>({"--query.enable-x-functions"}).message()), HasSubstr("use rate and increase"));
  EXPECT_THAT(std::string(Parse<SidecarConfig>({"--reloader.config-file=x"}).message()), HasSubstr("config reloader"));
}

}  // namespace
}  // namespace varve
