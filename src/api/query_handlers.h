// /api/v1/query, query_range, query_explain, query_range_explain, format_query and parse_query.
// Threads  share freely. Everything the handlers are made of outlives them.
#pragma once

#include "api/query_runner.h"
#include "net/http_router.h"
#include "runtime/clock.h"

namespace varve {

class QueryHandlers {
 public:
  QueryHandlers(const QueryRunner& runner, const QueryApiConfig& config, Clock& clock)
      : runner_(runner), config_(config), clock_(clock) {}
  void AddTo(HttpRouter& router) const;

  HttpResponse Instant(const HttpRequest& request) const;
  HttpResponse Range(const HttpRequest& request) const;
  // Thanos': which operators would answer the query; nothing is read.
  HttpResponse ExplainInstant(const HttpRequest& request) const;
  HttpResponse ExplainRange(const HttpRequest& request) const;
  HttpResponse FormatQuery(const HttpRequest& request) const;
  HttpResponse ParseQuery(const HttpRequest& request) const;

 private:
  HttpResponse Answer(const HttpRequest& request, const absl::StatusOr<QueryParams>& params) const;
  HttpResponse Explain(const HttpRequest& request, absl::StatusOr<QueryParams> params) const;

  const QueryRunner& runner_;
  const QueryApiConfig& config_;
  Clock& clock_;
};

}  // namespace varve
