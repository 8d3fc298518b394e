// What a sidecar asks of a Prometheus besides samples, answered always the same.
#pragma once

#include "net/http_router.h"

namespace varve {

struct FakePrometheusOptions {
  std::string external_labels = "{cluster: c, replica: \"0\"}";  // YAML
};

// One rule group with a recording rule and a firing alert, two targets, metadata of two metrics, one exemplar, TSDB statistics.
HttpRouter FakePrometheus(const FakePrometheusOptions& options);

}  // namespace varve
