#include "roles/query/query_endpoints.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {
namespace {

constexpr std::chrono::seconds kFirstLookupPause(1);
constexpr int64_t kFilesLookedAtMs = 5'000;  // a look is one stat a file

std::vector<EndpointConfig> EndpointsOf(const EndpointFlags& flags) {
  std::vector<EndpointConfig> endpoints;
  const auto add = [&](const std::vector<std::string>& addresses, bool strict, bool group) {
    for (const std::string& address : addresses) endpoints.push_back({.address = address, .strict = strict, .group = group});
  };
  add(flags.addresses, false, false);
  add(flags.groups, false, true);
  add(flags.strict_addresses, true, false);
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

}  // namespace

QueryEndpoints::QueryEndpoints(const EndpointFlags& flags, Process& process)
    : flags_(flags), process_(process), client_metrics_(process.registry, GrpcMetrics::Side::kClient) {}

absl::Status QueryEndpoints::Prepare() {
  for (const std::string& label : flags_.connection_metric_labels) {
    if (label != "external_labels" && label != "store_type" && label != "ip_port") {
      return InvalidArgument("--query.conn-metric.label={}: use external_labels, store_type or ip_port", label);
    }
  }
  std::vector<EndpointConfig> endpoints = EndpointsOf(flags_);
  VARVE_RETURN_IF_ERROR(CheckEndpoints(endpoints));
  resolver_ = NewDnsResolver(DnsOptionsFromEnvironment());
  provider_ = std::make_unique<EndpointProvider>(
      *resolver_, process_.files, process_.registry, process_.log,
      EndpointProviderOptions{.endpoints = std::move(endpoints), .sd_files = flags_.sd_files, .tls = TlsOf(flags_)});
  VARVE_RETURN_IF_ERROR(UseConfig(flags_.sd_config));
  const std::chrono::milliseconds response_timeout(flags_.response_timeout_ms);
  set_ = std::make_unique<EndpointSet>(
      [this] { return provider_->Specs(); }, process_.clock, process_.registry, process_.log,
      EndpointSetOptions{.info_timeout = std::chrono::milliseconds(flags_.info_timeout_ms),
                         .unhealthy_timeout = std::chrono::milliseconds(flags_.unhealthy_timeout_ms),
                         .store = {.idle_timeout = response_timeout, .labels_timeout = response_timeout},
                         .grpc_metrics = &client_metrics_,
                         .connection_metric_labels = flags_.connection_metric_labels});
  return absl::OkStatus();
}

absl::Status QueryEndpoints::UseConfig(const std::string& yaml) {
  EndpointsConfig config;
  if (!yaml.empty()) {
    VARVE_ASSIGN_OR_RETURN(config, ParseEndpointsConfig(yaml));
  }
  VARVE_RETURN_IF_ERROR(provider_->SetConfig(std::move(config)));
  config_yaml_ = yaml;
  return absl::OkStatus();
}

void QueryEndpoints::ReloadConfig(const Context& ctx) {
  const absl::StatusOr<std::string> yaml = process_.files.ReadAll(flags_.sd_config_path);
  if (yaml.ok() && *yaml == config_yaml_) return;
  const absl::Status status = yaml.ok() ? UseConfig(*yaml) : yaml.status();
  if (!status.ok()) {
    return process_.log.Error("failed to reload endpoint config", {{"path", flags_.sd_config_path}, {"err", status}});
  }
  process_.log.Info("reloaded endpoint config", {{"path", flags_.sd_config_path}});
  Resolve(ctx);
}

bool QueryEndpoints::Resolve(const Context& ctx) {
  lookup_failed_ = !provider_->Resolve(ctx).ok();
  return !lookup_failed_;
}

// A name that could not be looked up is asked for again sooner than after the interval.
void QueryEndpoints::ResolveUntilFound(const Context& ctx) {
  const std::chrono::milliseconds interval(flags_.dns_interval_ms);
  for (std::chrono::milliseconds pause = kFirstLookupPause; !Resolve(ctx) && pause < interval; pause *= 2) {
    if (!process_.clock.Sleep(ctx, pause).ok()) return;
  }
}

void QueryEndpoints::Start(std::function<void()> on_first_update) {
  // The first look-up and the first round of questions come one after the other, so that "ready" means what it says.
  Repeat(
      "endpoints", flags_.info_timeout_ms,
      [this, on_first_update = std::move(on_first_update), first = true](const Context& ctx) mutable {
        if (first) {
          provider_->ReadFiles();
          Resolve(ctx);
        }
        set_->Update(ctx);
        if (std::exchange(first, false) && !ctx.stopped()) on_first_update();
      },
      true);
  Repeat(
      "dns", flags_.dns_interval_ms,
      [this, first = true](const Context& ctx) mutable {
        const bool looked_up_above = std::exchange(first, false) && set_->WaitForFirstUpdate(ctx).ok() && !lookup_failed_;
        if (!looked_up_above) ResolveUntilFound(ctx);
      },
      true);
  if (!flags_.sd_files.empty()) {
    Repeat(
        "file-sd", std::min(flags_.sd_files_interval_ms, kFilesLookedAtMs),
        [this](const Context& ctx) {
          if (provider_->ReadFiles()) Resolve(ctx);
        },
        false);
  }
  if (!flags_.sd_config_path.empty()) {
    Repeat(
        "sd-config", flags_.sd_config_reload_ms, [this](const Context& ctx) { ReloadConfig(ctx); }, false);
  }
}

void QueryEndpoints::Repeat(std::string name, int64_t interval_ms, PeriodicTask::Round round, bool at_once) {
  PeriodicTask& task = *tasks_.emplace_back(
      std::make_unique<PeriodicTask>(std::move(name), process_.clock, std::chrono::milliseconds(interval_ms), std::move(round)));
  at_once ? task.Start() : task.StartAfterInterval();
}

void QueryEndpoints::Stop() {
  for (const std::unique_ptr<PeriodicTask>& task : tasks_) task->RequestStop();
  for (const std::unique_ptr<PeriodicTask>& task : tasks_) task->Stop();
}

std::vector<EndpointStatus> QueryEndpoints::Endpoints() const {
  std::vector<EndpointStatus> statuses;
  for (const EndpointState& state : set_->Statuses()) {
    statuses.push_back({.name = state.name,
                        .component = state.component,
                        .last_check = state.last_check,
                        .last_error = std::string(Message(state.last_error)),
                        .label_sets = state.label_sets,
                        .range = state.range});
  }
  return statuses;
}

}  // namespace varve
