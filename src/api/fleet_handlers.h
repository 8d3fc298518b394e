// /api/v1/{rules,alerts,targets,metadata,query_exemplars,stores,status/tsdb}: what the fleet knows besides series.
// Threads  share freely. Config outlives the handlers, as do the providers.
#pragma once

#include "api/api_config.h"
#include "api/providers.h"
#include "net/http_router.h"

namespace varve {

class FleetHandlers {
 public:
  FleetHandlers(FleetProviders providers, const QueryApiConfig& config) : providers_(providers), config_(config) {}
  void AddTo(HttpRouter& router) const;

  HttpResponse Rules(const HttpRequest& request) const;
  HttpResponse Alerts(const HttpRequest& request) const;
  HttpResponse Targets(const HttpRequest& request) const;
  HttpResponse Metadata(const HttpRequest& request) const;
  HttpResponse Exemplars(const HttpRequest& request) const;
  HttpResponse Stores(const HttpRequest& request) const;
  HttpResponse TsdbStatus(const HttpRequest& request) const;

 private:
  const FleetProviders providers_;
  const QueryApiConfig& config_;
};

}  // namespace varve
