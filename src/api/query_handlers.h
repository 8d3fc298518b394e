// /api/v1/query, /api/v1/query_range, /api/v1/format_query and /api/v1/parse_query.
// Threads  share freely. Everything the handlers are made of outlives them.
#pragma once

#include "api/api_config.h"
#include "api/query_params.h"
#include "api/source_factory.h"
#include "net/http_router.h"
#include "promql/engine/engine.h"
#include "runtime/clock.h"
#include "runtime/memory_budget.h"
#include "store/gate.h"

namespace varve {

class QueryHandlers {
 public:
  // `memory` counts what all queries hold together; it may be null.
  QueryHandlers(const promql::Engine& engine, SourceFactory& sources, Gate& gate, MemoryBudget* memory,
                const QueryApiConfig& config, Clock& clock)
      : engine_(engine), sources_(sources), gate_(gate), memory_(memory), config_(config), clock_(clock) {}
  void AddTo(HttpRouter& router) const;

  HttpResponse Instant(const HttpRequest& request) const;
  HttpResponse Range(const HttpRequest& request) const;
  HttpResponse FormatQuery(const HttpRequest& request) const;
  HttpResponse ParseQuery(const HttpRequest& request) const;

 private:
  absl::StatusOr<promql::ExprPtr> Parse(std::string_view query) const;
  HttpResponse Answer(const HttpRequest& request, const absl::StatusOr<QueryParams>& params) const;
  absl::StatusOr<promql::QueryResult> Run(const Context& ctx, const QueryParams& params) const;

  const promql::Engine& engine_;
  SourceFactory& sources_;
  Gate& gate_;
  MemoryBudget* const memory_;
  const QueryApiConfig& config_;
  Clock& clock_;
};

}  // namespace varve
