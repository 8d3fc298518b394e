// Runs one PromQL query with the wishes of its request, whether it came over HTTP or gRPC: parsing, tenancy, the gate, the source.
//
// Errors   InvalidArgument for a query that is wrong; what cannot be answered keeps another code, see AsExecutionError.
// Threads  share freely. Everything it is made of outlives it.
#pragma once

#include <string_view>

#include "api/active_queries.h"
#include "api/api_config.h"
#include "api/query_params.h"
#include "api/source_factory.h"
#include "promql/engine/engine.h"
#include "runtime/log.h"
#include "runtime/memory_budget.h"
#include "store/gate.h"

namespace varve {

class QueryRunner {
 public:
  struct Parts {
    const promql::Engine& engine;
    SourceFactory& sources;
    Gate& gate;
    MemoryBudget* memory = nullptr;           // what all queries may hold together; may be null
    ActiveQueries* active_queries = nullptr;  // may be null
    const Logger* log = nullptr;              // of queries that need too much; may be null
  };
  QueryRunner(const Parts& parts, const QueryApiConfig& config) : parts_(parts), config_(config) {}

  absl::StatusOr<promql::ExprPtr> Parse(std::string_view query) const;
  absl::StatusOr<promql::QueryResult> Run(Context ctx, const QueryParams& params) const;

 private:
  void LogExceeded(std::string_view query, const absl::Status& status) const;

  const Parts parts_;
  const QueryApiConfig& config_;
};

}  // namespace varve
