#include "roles/query/query_role.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/env_expansion.h"
#include "store/fanout.h"

namespace varve {
namespace {

constexpr size_t kIoThreads = 64;

std::vector<EndpointConfig> EndpointsOf(const EndpointFlags& flags) {
  std::vector<EndpointConfig> endpoints;
  const auto add = [&](const std::vector<std::string>& addresses, bool strict, bool group) {
    for (const std::string& address : addresses) endpoints.push_back({.address = address, .strict = strict, .group = group});
  };
  add(flags.addresses, false, false);
  add(flags.strict_addresses, true, false);
  add(flags.groups, false, true);
  add(flags.strict_groups, true, true);
  return endpoints;
}

std::optional<TlsClientConfig> TlsOf(const EndpointFlags& flags) {
  if (!flags.tls_secure) return std::nullopt;
  return TlsClientConfig{.ca_file = flags.tls_ca,
                         .cert_file = flags.tls_cert,
                         .key_file = flags.tls_key,
                         .server_name = flags.tls_server_name,
                         .insecure_skip_verify = flags.tls_skip_verify,
                         .min_version = flags.tls_min_version};
}

RoleServer::Options ServerOptions(const QueryConfig& config) {
  return {.route_prefix = config.web.route_prefix,
          .http_metrics = {.tenant_header = config.api.tenant_header, .tenant_default = config.api.default_tenant}};
}

}  // namespace

QueryRole::QueryRole(QueryConfig config, Process& process)
    : config_(std::move(config)),
      process_(process),
      executor_("io", kIoThreads),
      client_metrics_(process.registry, GrpcMetrics::Side::kClient),
      server_("query", config_.server, process, ServerOptions(config_)),
      info_service_([this] { return Info(); }) {}

absl::Status QueryRole::PrepareEndpoints() {
  std::vector<EndpointConfig> endpoints = EndpointsOf(config_.endpoints);
  VARVE_RETURN_IF_ERROR(CheckEndpoints(endpoints));
  resolver_ = NewDnsResolver(DnsOptionsFromEnvironment());
  provider_ = std::make_unique<EndpointProvider>(
      *resolver_, process_.files, process_.registry, process_.log,
      EndpointProviderOptions{
          .endpoints = std::move(endpoints), .sd_files = config_.endpoints.sd_files, .tls = TlsOf(config_.endpoints)});
  if (!config_.endpoints.sd_config.empty()) {
    VARVE_ASSIGN_OR_RETURN(EndpointsConfig parsed, ParseEndpointsConfig(config_.endpoints.sd_config));
    VARVE_RETURN_IF_ERROR(provider_->SetConfig(std::move(parsed)));
  }
  const std::chrono::milliseconds response_timeout(config_.endpoints.response_timeout_ms);
  endpoints_ = std::make_unique<EndpointSet>(
      [this] { return provider_->Specs(); }, process_.clock, process_.registry, process_.log,
      EndpointSetOptions{.info_timeout = std::chrono::milliseconds(config_.endpoints.info_timeout_ms),
                         .unhealthy_timeout = std::chrono::milliseconds(config_.endpoints.unhealthy_timeout_ms),
                         .store = {.idle_timeout = response_timeout, .labels_timeout = response_timeout},
                         .grpc_metrics = &client_metrics_,
                         .connection_metric_labels = config_.endpoints.connection_metric_labels});
  return absl::OkStatus();
}

absl::StatusOr<EndpointInfo> QueryRole::Info() {
  if (!server_.probe().ready()) return Unavailable("Not ready");
  const std::shared_ptr<const StoreInfo> info = store_->Info();
  return EndpointInfo{.store = *info, .component = info->component, .label_sets = info->label_sets};
}

std::vector<EndpointStatus> QueryRole::Endpoints() const {
  std::vector<EndpointStatus> statuses;
  for (const EndpointState& state : endpoints_->Statuses()) {
    statuses.push_back({.name = state.name,
                        .component = state.component,
                        .last_check = state.last_check,
                        .last_error = std::string(Message(state.last_error)),
                        .label_sets = state.label_sets,
                        .range = state.range});
  }
  return statuses;
}

absl::Status QueryRole::Start() {
  VARVE_RETURN_IF_ERROR(PrepareEndpoints());
  VARVE_ASSIGN_OR_RETURN(const Labels selector_labels, ParseLabelFlags(config_.selector_labels));
  VARVE_ASSIGN_OR_RETURN(const std::string relabel_yaml, ExpandEnv(config_.selector_relabel));
  VARVE_ASSIGN_OR_RETURN(RelabelRules selector, ParseSelectorRelabelRules(relabel_yaml));
  store_ = NewFanOut([this] { return endpoints_->Stores(); }, executor_, process_.registry,
                     {.component = "query", .selector_labels = selector_labels, .tsdb_selector = std::move(selector)});
  front_ = std::make_unique<QueryFront>(*store_, QueryFront::Flags{config_.engine, config_.web, config_.api},
                                        FleetProviders{.endpoints = this}, process_);
  VARVE_RETURN_IF_ERROR(front_->Prepare());
  front_->AddTo(server_.router());
  store_service_ = std::make_unique<GrpcStoreService>(*store_, executor_);
  VARVE_RETURN_IF_ERROR(server_.StartHttp());
  VARVE_RETURN_IF_ERROR(server_.StartGrpc({store_service_.get(), &info_service_}));

  const auto repeat = [this](std::string name, int64_t interval_ms, PeriodicTask::Round round) {
    tasks_.push_back(std::make_unique<PeriodicTask>(std::move(name), process_.clock, std::chrono::milliseconds(interval_ms),
                                                    std::move(round)));
    tasks_.back()->Start();
  };
  // The first look-up and the first round of questions come one after the other, so that "ready" means what it says.
  repeat("endpoints", config_.endpoints.info_timeout_ms, [this, first = true](const Context& ctx) mutable {
    if (std::exchange(first, false)) {
      provider_->Refresh(ctx);
      endpoints_->Update(ctx);
      if (!ctx.stopped()) server_.probe().SetReady();
    } else {
      endpoints_->Update(ctx);
    }
  });
  repeat("dns", config_.endpoints.dns_interval_ms, [this, first = true](const Context& ctx) mutable {
    if (!std::exchange(first, false)) provider_->Refresh(ctx);
  });
  return absl::OkStatus();
}

absl::Status QueryRole::Stop() {
  for (const std::unique_ptr<PeriodicTask>& task : tasks_) task->Stop();
  server_.Stop();
  return absl::OkStatus();
}

}  // namespace varve
