#include "roles/query/query_config.h"

#include <fmt/format.h>

#include <string_view>

#include "base/errors.h"
#include "base/status_macros.h"
#include "roles/label_flags.h"
#include "roles/query/query_features.h"
#include "roles/version.h"

namespace varve {
namespace {

void AddEndpointFlags(CommandLine& flags, EndpointFlags& endpoints) {
  flags.List("endpoint,store,rule,target,metadata,exemplar", endpoints.addresses,
             "Address of a StoreAPI: host:port, or a name to look up: dns+host:port, dnssrv+name, dnssrvnoa+name.");
  flags.List("endpoint-strict,store-strict", endpoints.strict_addresses,
             "Address of a StoreAPI that is always asked, even while it does not answer, so that its absence shows. No names to "
             "look up.");
  flags.List("endpoint-group", endpoints.groups, "Name of equal StoreAPIs that are asked in turns.");
  flags.List("endpoint-group-strict", endpoints.strict_groups, "The same for a group that is always asked.");
  flags.PathOrContent("endpoint.sd-config", endpoints.sd_config, "YAML with more endpoints.", &endpoints.sd_config_path);
  flags.DurationMs("endpoint.sd-config-reload-interval", endpoints.sd_config_reload_ms, "How often that file is read again.");
  flags.List("store.sd-files", endpoints.sd_files, "Prometheus file_sd files (globs) with more endpoints.");
  flags.DurationMs("store.sd-interval", endpoints.sd_files_interval_ms,
                   "Longest time until a change of those files is seen; they are looked at every five seconds.");
  flags.DurationMs("store.sd-dns-interval", endpoints.dns_interval_ms, "How often names are looked up.");
  flags.DurationMs("store.unhealthy-timeout", endpoints.unhealthy_timeout_ms,
                   "When an endpoint that does not answer is forgotten.");
  flags.DurationMs("store.response-timeout", endpoints.response_timeout_ms,
                   "How long an endpoint may take for each piece of its answer before it is left out. 0: as long as the query.");
  flags.List("query.conn-metric.label", endpoints.connection_metric_labels,
             "Labels of thanos_store_nodes_grpc_connections: external_labels, store_type, ip_port.");
  flags.Switch("grpc-client-tls-secure", endpoints.tls_secure, "Use TLS to the endpoints.");
  flags.Switch("grpc-client-tls-skip-verify", endpoints.tls_skip_verify, "Do not check the endpoints' certificates.");
  flags.Text("grpc-client-tls-cert", endpoints.tls_cert, "Certificate (PEM file) to show to the endpoints.");
  flags.Text("grpc-client-tls-key", endpoints.tls_key, "Its private key (PEM file).");
  flags.Text("grpc-client-tls-ca", endpoints.tls_ca, "Authority (PEM file) of the endpoints' certificates. Empty: the system's.");
  flags.Text("grpc-client-server-name", endpoints.tls_server_name, "Name expected in the endpoints' certificates.");
  flags.Choice("grpc-client-tls-min-version", endpoints.tls_min_version, {"1.2", "1.3"}, "Lowest TLS version to the endpoints.");
  flags.HideFollowing();
  flags.DurationMs("endpoint.info-timeout", endpoints.info_timeout_ms, "Timeout and interval of Info calls.");
  flags.HideFollowing(false);
}

void AddTenantFlags(CommandLine& flags, QueryApiConfig& api) {
  flags.Text("query.tenant-header", api.tenant_header, "HTTP header that names the tenant.");
  flags.Text("query.default-tenant-id,query.default-tenant", api.default_tenant, "Tenant of requests without that header.");
  flags.Switch("query.enforce-tenancy", api.enforce_tenancy, "Show a tenant its own series only.");
  flags.Text("query.tenant-label-name", api.tenant_label, "Label by which the series of a tenant are told.");
  flags.Refuse({"query.tenant-certificate-field"}, "the tenant is taken from the header; leave the flag out");
}

std::string OptimizerNames() {
  std::vector<std::string_view> names;
  for (const promql::OptimizationInfo& info : promql::AllOptimizations()) names.push_back(info.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

void AddQueryEngineFlags(CommandLine& flags, QueryEngineFlags& engine, QueryApiConfig& api) {
  flags.DurationMs("query.timeout", engine.timeout_ms, "Time a query may take.");
  flags.Integer("query.max-concurrent", engine.concurrent_max, "Queries that run at a time; the others wait.");
  flags.Integer("query.max-samples", engine.samples_max, "Samples a query may hold at a time.");
  flags.SizeBytes("query.max-memory", engine.memory_max, "Memory a query may hold, for example 512MB. 0: no limit.");
  flags.SizeBytes("query.max-process-memory", engine.process_memory_max, "Memory all queries may hold together. 0: no limit.");
  flags.DurationMs("query.lookback-delta", engine.lookback_ms, "How far back an instant selector looks for a sample.");
  flags.DurationMs("query.default-evaluation-interval", engine.default_evaluation_interval_ms,
                   "Step of subqueries that give none.");
  flags.DurationMs("query.default-step", api.default_step_ms, "Smallest step of a range query that gives none.");
  flags.List("query.replica-label", engine.replica_labels,
             "Label (or comma list) by which HA replicas differ; de-duplication joins over it.");
  flags.Choice("deduplication.func", engine.dedup_function, {"penalty", "chain"}, "How replicas are joined.");
  flags.Choice("query.promql-engine", engine.promql_engine, {"prometheus", "thanos"},
               "Taken for compatibility: Varve has one engine, with Prometheus' semantics.");
  flags.Switch("query.auto-downsampling", api.auto_downsampling, "Choose the resolution by the step when a query does not say.");
  flags.Switch("query.partial-response", api.partial_response,
               "Answer with what there is when an endpoint fails, and a warning.");
  flags.DurationMs("query.metadata.default-time-range", api.metadata_range_ms,
                   "Time range of label and series requests that give none. 0: all time.");
  flags.Text("query.active-query-path", engine.active_query_path,
             "Directory in which running queries are recorded (queries.active), to tell after a crash what ran.");
  flags.List("query.disable-optimizer", engine.disabled_optimizers,
             "Optimization of queries to leave out, or all: " + OptimizerNames() + ". Answers are the same without it.");
  flags.List("enable-feature", engine.features,
             "Prometheus' features, comma separated: promql-experimental-functions, promql-extended-range-selectors, "
             "promql-binop-fill-modifiers, promql-delayed-name-removal, promql-per-step-stats, type-and-unit-labels, "
             "use-start-timestamps.");
  flags.HideFollowing();
  flags.Switch("rule.partial-response", api.rule_partial_response, "The same for rules.");
  flags.Switch("target.partial-response", api.target_partial_response, "The same for targets.");
  flags.Switch("metric-metadata.partial-response", api.metadata_partial_response, "The same for metadata.");
  flags.Switch("exemplar.partial-response", api.exemplar_partial_response, "The same for exemplars.");
  flags.Switch("query.dynamic-lookback-delta", api.dynamic_lookback, "Look back further on downsampled data.");
  flags.DurationMs("query.instant.default.max_source_resolution", api.instant_max_source_resolution_ms,
                   "Resolution an instant query may use when it does not say.");
  flags.Switch("status.partial-response", api.status_partial_response, "The same for TSDB statistics.");
  flags.HideFollowing(false);
  flags.Ignore({"query.max-concurrent-select"}, "the selectors of a query share its workers");
  flags.Ignore({"query.disable-fallback", "grpc.proxy-strategy", "query.lazy-retrieval-max-buffered-responses"},
               "there is one engine and one strategy, and what it buffers is bounded");
  flags.Refuse({"query.enable-x-functions"},
               "xrate, xincrease and xdelta do not exist here; use rate and increase, or leave the flag out");
  flags.Refuse({"query.telemetry.request-duration-seconds-quantiles", "query.telemetry.request-samples-quantiles",
                "query.telemetry.request-series-seconds-quantiles"},
               "these histograms are not there yet; leave the flag out");
}

void AddFlags(CommandLine& flags, QueryConfig& config) {
  AddServerFlags(flags, config.server);
  AddWebFlags(flags, config.web);
  AddEndpointFlags(flags, config.endpoints);
  AddQueryEngineFlags(flags, config.engine, config.api);
  AddTenantFlags(flags, config.api);
  flags.List("selector-label", config.selector_labels, "Label name=\"value\" this querier announces for itself.");
  flags.PathOrContent("selector.relabel-config", config.selector_relabel,
                      "Relabelling (keep, drop, hashmod) that says which external label sets are asked.");
  flags.Integer("store.limits.request-series", config.request_series_max,
                "Series a StoreAPI call of this querier may touch. 0: no limit.");
  flags.Integer("store.limits.request-samples", config.request_samples_max, "Samples such a call may touch. 0: no limit.");
  flags.Choice("query.mode", config.mode, {"local"}, "Where queries run.");
  flags.RefuseValue("query.mode", "distributed", "queries run here over series from the endpoints; leave the flag out");
  flags.Refuse({"query.distributed-with-overlapping-interval", "query.partition-label"},
               "distributed mode is not there yet; leave the flag out");
  flags.Ignore({"grpc-compression"}, "requests are small and go uncompressed; answers are read however they come");
  flags.Ignore({"alert.query-url"}, "a querier sends no alerts, and links in its page are relative");
  flags.Refuse({"inject-test-addresses"}, "it exists for Thanos' own tests");
  flags.Ignore({"store.sd-dns-resolver"}, "names are looked up by c-ares");
}

std::vector<std::string> ReplicaLabels(const QueryEngineFlags& engine) { return SplitCommas(engine.replica_labels); }

absl::StatusOr<promql::OptimizationSet> Optimizations(const QueryEngineFlags& engine) {
  absl::StatusOr<promql::OptimizationSet> set =
      promql::WithoutOptimizations(fmt::format("{}", fmt::join(engine.disabled_optimizers, ",")));
  if (!set.ok()) return Annotate(set.status(), "--query.disable-optimizer");
  return set;
}

absl::Status CompleteApiConfig(const QueryEngineFlags& engine, const WebFlags& web, QueryApiConfig& api) {
  api.replica_labels = ReplicaLabels(engine);
  api.lookback_ms = engine.lookback_ms;
  api.cors = !web.disable_cors;
  api.version = kVersion;
  VARVE_ASSIGN_OR_RETURN(const QueryFeatures features, ParseQueryFeatures(engine.features));
  api.parser = features.parser;
  api.per_step_stats = features.per_step_stats;
  return absl::OkStatus();
}

}  // namespace varve
