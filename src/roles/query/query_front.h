// What turns a StoreAPI into something people can query: engine, HTTP API, thanos.Query, web page. `query` puts a fan-out over endpoints under it,
// `up` a bucket.
//
//   QueryFront front(store, flags, fleet, process);
//   VARVE_RETURN_IF_ERROR(front.Prepare());
//   front.AddTo(server.router());
//
// Threads  prepared by one thread; then shared by the server's.
#pragma once

#include <memory>

#include "api/active_queries.h"
#include "api/query_api.h"
#include "api/source_factory.h"
#include "promql/engine/engine.h"
#include "roles/query/query_config.h"
#include "roles/role.h"
#include "runtime/executor.h"
#include "runtime/memory_budget.h"
#include "runtime/memory_metrics.h"
#include "store/store_api.h"

namespace grpc {
class Service;
}

namespace varve {

class GrpcQueryService;

class QueryFront {
 public:
  struct Flags {
    QueryEngineFlags engine;
    WebFlags web;
    QueryApiConfig api;
  };
  // `store`, what `fleet` points to and `process` outlive the front.
  QueryFront(StoreApi& store, Flags flags, FleetProviders fleet, Process& process);
  ~QueryFront();
  QueryFront(const QueryFront&) = delete;
  QueryFront& operator=(const QueryFront&) = delete;

  absl::Status Prepare();
  void AddTo(HttpRouter& router) const;
  grpc::Service* grpc_service() const;  // thanos.Query

 private:
  class Sources;

  StoreApi& store_;
  Flags flags_;
  const FleetProviders fleet_;
  Process& process_;
  MemoryBudget memory_;
  MemoryMetrics memory_metrics_;
  Executor workers_;  // one a core: they compute
  std::unique_ptr<Sources> sources_;
  std::unique_ptr<promql::Engine> engine_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<ActiveQueries> active_queries_;  // null: not recorded
  std::unique_ptr<QueryApi> api_;
  Executor callers_;  // of the gRPC service: they wait for queries
  std::unique_ptr<GrpcQueryService> grpc_service_;
};

}  // namespace varve
