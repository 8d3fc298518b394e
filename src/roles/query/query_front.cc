#include "roles/query/query_front.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "api/grpc_query_service.h"
#include "api/ui/serve_page.h"
#include "base/status_macros.h"
#include "roles/query/query_features.h"
#include "storage/dedup.h"
#include "store/querier_source.h"

namespace varve {
namespace {

constexpr size_t kCallerThreads = 32;

}  // namespace

// Opens a source over the store to each request's wishes.
class QueryFront::Sources final : public SourceFactory {
 public:
  Sources(StoreApi& store, DedupAlgorithm dedup) : store_(store), dedup_(dedup) {}

  std::unique_ptr<SeriesSource> Open(const SourceOptions& options) override {
    return NewQuerierSource(store_,
                            {.deduplicate = options.deduplicate,
                             .replica_labels = options.replica_labels,
                             .dedup_algorithm = dedup_,
                             .partial_response = options.partial_response ? PartialResponse::kWarn : PartialResponse::kAbort,
                             .max_resolution_ms = options.max_source_resolution_ms,
                             .fallback_resolution_ms = options.fallback_resolution_ms,
                             .skip_chunks = options.skip_chunks,
                             .shard = options.shard,
                             .endpoint_matchers = options.store_matchers,
                             .tenant = options.tenant,
                             .observer = options.observer});
  }

 private:
  StoreApi& store_;
  const DedupAlgorithm dedup_;
};

QueryFront::QueryFront(StoreApi& store, Flags flags, FleetProviders fleet, Process& process)
    : store_(store),
      flags_(std::move(flags)),
      fleet_(fleet),
      process_(process),
      memory_("process", static_cast<int64_t>(flags_.engine.process_memory_max)),
      memory_metrics_(process.registry, "queries", memory_),
      workers_("query", std::max(1u, std::thread::hardware_concurrency())),
      callers_("grpc-query", kCallerThreads) {}

QueryFront::~QueryFront() = default;

absl::Status QueryFront::Prepare() {
  VARVE_RETURN_IF_ERROR(CompleteApiConfig(flags_.engine, flags_.web, flags_.api));
  memory_metrics_.Start();
  flags_.api.flags = process_.flags;
  VARVE_ASSIGN_OR_RETURN(const DedupAlgorithm dedup, ParseDedupAlgorithm(flags_.engine.dedup_function));
  sources_ = std::make_unique<Sources>(store_, dedup);

  promql::EngineOptions options;
  options.lookback_ms = flags_.engine.lookback_ms;
  options.samples_max = flags_.engine.samples_max;
  options.timeout = std::chrono::milliseconds(flags_.engine.timeout_ms);
  options.memory_bytes_max = static_cast<int64_t>(flags_.engine.memory_max);
  options.default_subquery_step_ms = [step = flags_.engine.default_evaluation_interval_ms](int64_t) { return step; };
  options.executor = &workers_;
  VARVE_ASSIGN_OR_RETURN(const QueryFeatures features, ParseQueryFeatures(flags_.engine.features));
  options.parser = features.parser;
  options.delayed_name_removal = features.delayed_name_removal;
  options.type_and_unit_labels = features.type_and_unit_labels;
  options.use_start_timestamps = features.use_start_timestamps;
  VARVE_ASSIGN_OR_RETURN(options.optimizations, Optimizations(flags_.engine));
  engine_ = std::make_unique<promql::Engine>(std::move(options));

  gate_ = std::make_unique<Gate>(process_.registry, "thanos_query_concurrent_", static_cast<int>(flags_.engine.concurrent_max));
  if (!flags_.engine.active_query_path.empty()) {
    VARVE_ASSIGN_OR_RETURN(active_queries_,
                           ActiveQueries::Open(flags_.engine.active_query_path, static_cast<size_t>(flags_.engine.concurrent_max),
                                               process_.clock, process_.log));
  }
  api_ = std::make_unique<QueryApi>(flags_.api, QueryApi::Parts{.engine = *engine_,
                                                                .sources = *sources_,
                                                                .gate = *gate_,
                                                                .fleet = fleet_,
                                                                .clock = process_.clock,
                                                                .memory = &memory_,
                                                                .active_queries = active_queries_.get(),
                                                                .log = &process_.log});
  grpc_service_ = std::make_unique<GrpcQueryService>(api_->runner(), api_->config(), callers_, process_.clock);
  return absl::OkStatus();
}

grpc::Service* QueryFront::grpc_service() const { return grpc_service_.get(); }

void QueryFront::AddTo(HttpRouter& router) const {
  api_->AddTo(router);
  // Prometheus' and Thanos' paths lead to the page, so that their links work.
  ServePage(router,
            {.file = "index.html", .parts = {"app.js", "app.css", "favicon.svg"}, .paths = {"/graph", "/", "/query", "/stores"}});
}

}  // namespace varve
