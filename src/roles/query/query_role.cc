#include "roles/query/query_role.h"

#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/env_expansion.h"
#include "roles/label_flags.h"
#include "store/fanout.h"
#include "store/limited_store.h"

namespace varve {
namespace {

constexpr size_t kIoThreads = 64;

RoleServer::Options ServerOptions(const QueryConfig& config) {
  return {.route_prefix = RoutePrefix(config.web),
          .http_metrics = {.tenant_header = config.api.tenant_header, .tenant_default = config.api.default_tenant}};
}

}  // namespace

QueryRole::QueryRole(QueryConfig config, Process& process)
    : config_(std::move(config)),
      process_(process),
      executor_("io", kIoThreads),
      endpoints_(config_.endpoints, process),
      server_("query", config_.server, process, ServerOptions(config_)),
      info_service_([this] { return Info(); }) {}

absl::StatusOr<EndpointInfo> QueryRole::Info() {
  if (!server_.probe().ready()) return Unavailable("Not ready");
  const std::shared_ptr<const StoreInfo> store = store_->Info();
  EndpointInfo info = {.store = *store, .component = store->component, .label_sets = store->label_sets, .query = true};
  FleetServices::Announce(info);
  return info;
}

absl::Status QueryRole::Start() {
  VARVE_RETURN_IF_ERROR(endpoints_.Prepare());
  VARVE_ASSIGN_OR_RETURN(const Labels selector_labels, ParseLabelFlags(config_.selector_labels));
  VARVE_ASSIGN_OR_RETURN(const std::string relabel_yaml, ExpandEnv(config_.selector_relabel));
  VARVE_ASSIGN_OR_RETURN(RelabelRules selector, ParseSelectorRelabelRules(relabel_yaml));
  store_ =
      NewLimitedStore(NewFanOut([this] { return endpoints_.set().Stores(); }, executor_, process_.registry,
                                {.component = "query", .selector_labels = selector_labels, .tsdb_selector = std::move(selector)}),
                      process_.registry,
                      {.series = static_cast<uint64_t>(config_.request_series_max),
                       .samples = static_cast<uint64_t>(config_.request_samples_max)});

  const promql::ParserOptions parser;  // selectors need nothing experimental
  fleet_.emplace(FleetApis::OfEndpoints([this] { return endpoints_.set().Live(); }, executor_, selector_labels));
  fleet_view_ = std::make_unique<FleetView>(*fleet_, ReplicaLabels(config_.engine), parser);
  fleet_services_ = std::make_unique<FleetServices>(
      *fleet_, [parser](const std::string& query) { return ParseSelectors(query, parser); }, executor_);

  FleetView* const view = fleet_view_.get();
  front_ = std::make_unique<QueryFront>(
      *store_, QueryFront::Flags{config_.engine, config_.web, config_.api},
      FleetProviders{
          .rules = view, .targets = view, .metadata = view, .exemplars = view, .endpoints = &endpoints_, .statistics = view},
      process_);
  VARVE_RETURN_IF_ERROR(front_->Prepare());
  front_->AddTo(server_.router());
  store_service_ = std::make_unique<GrpcStoreService>(*store_, executor_);
  VARVE_RETURN_IF_ERROR(server_.StartHttp());
  std::vector<grpc::Service*> services = fleet_services_->all();
  services.insert(services.end(), {store_service_.get(), front_->grpc_service(), &info_service_});
  VARVE_RETURN_IF_ERROR(server_.StartGrpc(services));
  endpoints_.Start([this] { server_.probe().SetReady(); });
  return absl::OkStatus();
}

absl::Status QueryRole::Stop() {
  endpoints_.Stop();
  server_.Stop();
  return absl::OkStatus();
}

}  // namespace varve
