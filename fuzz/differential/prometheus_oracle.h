// A real Prometheus as an oracle, over its HTTP API.
//
// Errors   what Prometheus answers, a failure too, is an answer; Unavailable and the like if there is none.
// Threads  share freely.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "net/http_client.h"
#include "promql/testing/random/differential_trial.h"
#include "promql/testing/random/random_query.h"

namespace varve::promql {

class PrometheusOracle {
 public:
  static absl::StatusOr<std::unique_ptr<PrometheusOracle>> Make(std::string url, QueryDialect dialect);

  absl::StatusOr<QueryAnswer> Ask(const PromqlTestQuery& query) const;

 private:
  PrometheusOracle(std::unique_ptr<HttpClient> client, std::string url, QueryDialect dialect)
      : client_(std::move(client)), url_(std::move(url)), dialect_(dialect) {}

  const std::unique_ptr<HttpClient> client_;
  const std::string url_;
  const QueryDialect dialect_;
};

}  // namespace varve::promql
