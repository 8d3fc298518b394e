// /api/v1/series, /api/v1/labels and /api/v1/label/<name>/values.
// Threads  share freely. Sources, config and clock outlive the handlers.
#pragma once

#include <string>
#include <string_view>

#include "api/api_config.h"
#include "api/source_factory.h"
#include "net/http_router.h"
#include "runtime/clock.h"

namespace varve {

class LabelHandlers {
 public:
  LabelHandlers(SourceFactory& sources, const QueryApiConfig& config, Clock& clock)
      : sources_(sources), config_(config), clock_(clock) {}
  void AddTo(HttpRouter& router) const;

  HttpResponse Series(const HttpRequest& request) const;
  HttpResponse LabelNames(const HttpRequest& request) const;
  HttpResponse LabelValues(const HttpRequest& request) const;

 private:
  struct Question;  // what a request asks
  absl::StatusOr<Question> Read(const HttpRequest& request) const;
  template <typename Ask>
  HttpResponse AnswerList(const HttpRequest& request, const Ask& ask) const;

  SourceFactory& sources_;
  const QueryApiConfig& config_;
  Clock& clock_;
};

// Undoes Prometheus' spelling of UTF-8 names in URLs: U__http_2e_status is http.status. What is not spelled so stays as it is.
std::string UnescapeLabelName(std::string_view name);

}  // namespace varve
