#include "roles/sidecar/sidecar_role.h"

#include <utility>

#include "api/fleet_view.h"
#include "base/duration.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "net/http_client_config.h"
#include "objstore/config.h"
#include "objstore/env_expansion.h"

namespace varve {
namespace {

constexpr size_t kIoThreads = 32;
constexpr std::chrono::seconds kShipInterval(30);
constexpr std::chrono::seconds kLabelsPause(2);

}  // namespace

SidecarRole::SidecarRole(SidecarConfig config, Process& process)
    : config_(std::move(config)),
      process_(process),
      executor_("io", kIoThreads),
      server_("sidecar", config_.server, process),
      info_service_([this] { return Info(); }) {}

absl::StatusOr<EndpointInfo> SidecarRole::Info() {
  if (!server_.probe().ready()) return Unavailable("Not ready");
  const std::shared_ptr<const StoreInfo> store = store_->Info();
  EndpointInfo info = {.store = *store, .component = store->component, .label_sets = store->label_sets};
  FleetServices::Announce(info);
  return info;
}

absl::Status SidecarRole::PrepareShipper() {
  if (config_.objstore.empty()) {
    process_.log.Info("no supported bucket was configured, uploads will be disabled");
    return absl::OkStatus();
  }
  VARVE_ASSIGN_OR_RETURN(const std::string yaml, ExpandEnv(config_.objstore));
  VARVE_ASSIGN_OR_RETURN(bucket_, MakeBucket(yaml, process_.registry, process_.log, config_.objstore_path));
  VARVE_ASSIGN_OR_RETURN(const FileHash hash, ParseFileHash(config_.hash_function));
  ShipperOptions options;
  options.directory = config_.tsdb_path;
  options.state_file_name = config_.shipper_meta_file;
  options.source = "sidecar";
  options.upload_compacted = config_.upload_compacted;
  options.allow_out_of_order_uploads = config_.allow_out_of_order_uploads;
  options.skip_corrupted_blocks = config_.skip_corrupted_blocks;
  options.upload = {.hash = hash,
                    .parallel_max = config_.upload_concurrency > 0 ? static_cast<size_t>(config_.upload_concurrency) : 1,
                    .index_header = config_.upload_index_header};
  shipper_ = std::make_unique<Shipper>(
      UploadEnvironment{.bucket = *bucket_, .files = process_.files, .executor = executor_, .clock = process_.clock},
      process_.registry, process_.log, std::move(options), [this] { return heartbeat_->labels(); });
  return absl::OkStatus();
}

absl::Status SidecarRole::Start() {
  VARVE_ASSIGN_OR_RETURN(const std::string http_yaml, ExpandEnv(config_.http_client));
  VARVE_ASSIGN_OR_RETURN(HttpClientConfig http_config, ParseHttpClientConfig(http_yaml));
  VARVE_ASSIGN_OR_RETURN(http_, HttpClient::Make(std::move(http_config)));
  client_ = std::make_unique<PrometheusClient>(*http_, config_.prometheus_url);
  heartbeat_ = std::make_unique<PrometheusHeartbeat>(*client_, config_, process_);
  store_ = NewPrometheusStore(*client_, process_.registry,
                              {.component = "sidecar",
                               .external_labels = [this] { return heartbeat_->labels(); },
                               .range = [this] { return heartbeat_->range(); },
                               .series_limit = static_cast<uint64_t>(config_.request_series_max),
                               .samples_limit = static_cast<uint64_t>(config_.request_samples_max)});
  store_service_ = std::make_unique<GrpcStoreService>(*store_, executor_);
  fleet_.emplace(FleetApis::OfPrometheus(*client_, [this] { return heartbeat_->labels(); }));
  fleet_services_ = std::make_unique<FleetServices>(
      *fleet_, [](const std::string& query) { return ParseSelectors(query, {}); }, executor_);
  VARVE_RETURN_IF_ERROR(PrepareShipper());
  VARVE_RETURN_IF_ERROR(server_.StartHttp());

  beats_ = std::make_unique<PeriodicTask>("heartbeat", process_.clock, std::chrono::milliseconds(config_.get_config_interval_ms),
                                          [this](const Context& ctx) { HeartbeatRound(ctx); });
  beats_->Start();
  if (shipper_ != nullptr) {
    labels_until_ = Context::Clock::now() + std::chrono::milliseconds(config_.ready_timeout_ms);
    shipments_ =
        std::make_unique<PeriodicTask>("shipper", process_.clock, kShipInterval, [this](const Context& ctx) { ShipRound(ctx); });
    shipments_->Start();
  }
  return absl::OkStatus();
}

void SidecarRole::HeartbeatRound(const Context& ctx) {
  if (serving_) {
    const absl::Status status = heartbeat_->Beat(ctx);
    if (ctx.stopped()) return;
    status.ok() ? server_.probe().SetReady() : server_.probe().SetNotReady(status);
    return;
  }
  absl::Status status = heartbeat_->Wait(ctx);
  if (ctx.stopped()) return;
  if (status.ok()) {
    std::vector<grpc::Service*> services = fleet_services_->all();
    services.insert(services.end(), {store_service_.get(), &info_service_});
    status = server_.StartGrpc(services);
  }
  if (!status.ok()) return process_.shutdown.Fail(status);
  server_.probe().SetReady();
  serving_ = true;
}

void SidecarRole::ShipRound(const Context& ctx) {
  while (heartbeat_->labels().empty()) {
    if (Context::Clock::now() >= labels_until_) {
      return process_.shutdown.Fail(
          DeadlineExceeded("aborting as no external labels found after waiting {}: is Prometheus healthy and reachable?",
                           FormatPrometheusDuration(config_.ready_timeout_ms)));
    }
    if (!process_.clock.Sleep(ctx, kLabelsPause).ok()) return;
  }
  if (!std::exchange(tsdb_looked_at_, true) && !FileExists(process_.files, JoinPath(config_.tsdb_path, "wal"))) {
    process_.log.Error("WAL dir is not accessible. Is this dir a TSDB directory? If yes it is shared with TSDB?",
                       {{"path", config_.tsdb_path}});
  }
  const absl::StatusOr<size_t> uploaded = shipper_->Sync(ctx.WithPriority(Priority::kBackground));
  if (!uploaded.ok() && !ctx.stopped()) process_.log.Warn("shipping blocks failed", {{"err", uploaded.status()}});
}

absl::Status SidecarRole::Stop() {
  if (shipments_ != nullptr) shipments_->Stop();
  if (beats_ != nullptr) beats_->Stop();
  server_.Stop();
  return absl::OkStatus();
}

}  // namespace varve
