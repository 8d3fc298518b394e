#include "store/testing/fake_prometheus.h"

#include <fmt/format.h>

#include "base/json_writer.h"

namespace varve {

HttpRouter FakePrometheus(const FakePrometheusOptions& options) {
  HttpRouter router;
  const auto answer = [&](std::string_view path, const std::string& data) {
    router.Add("GET", path, [data](const HttpRequest&) {
      return HttpResponse::Json(200, fmt::format(R"({{"status":"success","data":{}}})", data));
    });
  };
  answer("/api/v1/rules", R"json({"groups":[{"name":"g","file":"f","interval":60,"rules":[
      {"type":"recording","name":"job:up","query":"sum(up)","labels":{"team":"x"},"health":"ok"},
      {"type":"alerting","name":"Down","state":"firing","query":"up == 0","duration":60,"labels":{},"alerts":[
        {"labels":{"alertname":"Down"},"annotations":{},"state":"firing","activeAt":"2026-01-02T03:00:00Z","value":"1e+00"}]}]}]})json");
  answer("/api/v1/targets", R"({"activeTargets":[{"scrapeUrl":"u","health":"up","labels":{"job":"a"},"discoveredLabels":{}}],
      "droppedTargets":[{"discoveredLabels":{"__address__":"b"}}]})");
  answer("/api/v1/metadata",
         R"({"up":[{"type":"gauge","help":"Is it?","unit":""}],"down":[{"type":"gauge","help":"","unit":""}]})");
  answer("/api/v1/query_exemplars", R"([{"seriesLabels":{"__name__":"x"},
      "exemplars":[{"labels":{"trace_id":"1"},"value":"2","timestamp":1.5}]}])");
  answer("/api/v1/status/tsdb", R"({"headStats":{"numSeries":5,"numLabelPairs":7,"chunkCount":9,"minTime":1,"maxTime":2},
      "labelValueCountByLabelName":[{"name":"job","value":3}]})");
  answer("/api/v1/status/buildinfo", R"({"version":"2.53.0"})");
  std::string config;
  JsonWriter json(config);
  json.BeginObject();
  json.Field("yaml", fmt::format("global: {{external_labels: {}}}", options.external_labels));
  json.EndObject();
  answer("/api/v1/status/config", config);
  router.Add("GET", "/metrics",
             [](const HttpRequest&) { return HttpResponse::Text(200, "prometheus_tsdb_lowest_timestamp_seconds 1.5\n"); });
  return router;
}

}  // namespace varve
