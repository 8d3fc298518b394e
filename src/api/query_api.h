// The whole HTTP API of a role that can be queried: one object that makes the handlers and puts them on a router.
//
//   QueryApi api(config, {.engine = engine, .sources = sources, .gate = gate, .fleet = {.rules = &rules}});
//   api.AddTo(router);
//
// Threads  share freely. The parts outlive the API, and the API outlives the server.
#pragma once

#include "api/fleet_handlers.h"
#include "api/label_handlers.h"
#include "api/query_handlers.h"
#include "api/status_handlers.h"

namespace varve {

class QueryApi {
 public:
  struct Parts {
    const promql::Engine& engine;
    SourceFactory& sources;
    Gate& gate;
    FleetProviders fleet;
    Clock& clock = SystemClock();
    MemoryBudget* memory = nullptr;           // what all queries may hold together
    ActiveQueries* active_queries = nullptr;  // null: not recorded
    const Logger* log = nullptr;              // of queries that need too much; null: nothing is logged
  };

  QueryApi(QueryApiConfig config, const Parts& parts)
      : config_(std::move(config)),
        runner_({parts.engine, parts.sources, parts.gate, parts.memory, parts.active_queries, parts.log}, config_),
        query_(runner_, config_, parts.clock),
        labels_(parts.sources, config_, parts.clock),
        fleet_(parts.fleet, config_),
        status_(config_, parts.clock.NowMs()) {}
  QueryApi(const QueryApi&) = delete;
  QueryApi& operator=(const QueryApi&) = delete;

  void AddTo(HttpRouter& router) const {
    query_.AddTo(router);
    labels_.AddTo(router);
    fleet_.AddTo(router);
    status_.AddTo(router);
  }

  const QueryApiConfig& config() const { return config_; }
  const QueryRunner& runner() const { return runner_; }  // for other ways to ask

 private:
  const QueryApiConfig config_;
  const QueryRunner runner_;
  const QueryHandlers query_;
  const LabelHandlers labels_;
  const FleetHandlers fleet_;
  const StatusHandlers status_;
};

}  // namespace varve
