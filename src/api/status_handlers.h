// /api/v1/status/{flags,buildinfo,runtimeinfo}: what this process is.
// Threads  share freely. The config outlives the handlers.
// Source   thanos pkg/api/api.go.
#pragma once

#include "api/api_config.h"
#include "base/time_range.h"
#include "net/http_router.h"

namespace varve {

class StatusHandlers {
 public:
  StatusHandlers(const QueryApiConfig& config, TimestampMs started) : config_(config), started_(started) {}
  void AddTo(HttpRouter& router) const;

  HttpResponse Flags(const HttpRequest& request) const;
  HttpResponse BuildInfo(const HttpRequest& request) const;
  HttpResponse RuntimeInfo(const HttpRequest& request) const;

 private:
  const QueryApiConfig& config_;
  const TimestampMs started_;
};

}  // namespace varve
