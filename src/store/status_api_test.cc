#include "store/status_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mutex.h"
#include "net/http_server.h"
#include "store/proto_convert.h"
#include "store/tsdb_statistics.h"

namespace varve {
namespace {

constexpr std::string_view kStatus =
    R"({"status": "success", "data": {"headStats": {"numSeries": 508, "numLabelPairs": 1234, "chunkCount": 937,
  "minTime": 1591516800000, "maxTime": 1598896800143},
  "seriesCountByMetricName": [{"name": "net_conntrack_dialer_conn_failed_total", "value": 20}, {"name": "up", "value": 3}],
  "labelValueCountByLabelName": [{"name": "__name__", "value": 211}],
  "memoryInBytesByLabelName": [{"name": "__name__", "value": 8266}],
  "seriesCountByLabelValuePair": [{"name": "job=prometheus", "value": 425}]}})";

thanos::TSDBStatisticsEntry Entry(int limit = 0) { return StatisticsOfJson((*JsonValue::Parse(kStatus))["data"], limit); }

TEST(StatusApiTest, ReadsPrometheusAnswer) {
  const thanos::TSDBStatisticsEntry entry = Entry();
  EXPECT_EQ(entry.head_statistics().num_series(), 508u);
  EXPECT_EQ(entry.head_statistics().num_label_pairs(), 1234);
  EXPECT_EQ(entry.head_statistics().chunk_count(), 937);
  EXPECT_EQ(entry.head_statistics().min_time(), 1'591'516'800'000);
  EXPECT_EQ(entry.head_statistics().max_time(), 1'598'896'800'143);
  ASSERT_EQ(entry.series_count_by_metric_name_size(), 2);
  EXPECT_EQ(entry.series_count_by_metric_name(0).value(), 20u);
  EXPECT_EQ(entry.series_count_by_label_value_pair(0).name(), "job=prometheus");
  EXPECT_EQ(Entry(1).series_count_by_metric_name_size(), 1);
}

TEST(StatusApiTest, AddsUp) {
  thanos::TSDBStatistics a, b;
  (*a.mutable_statistics())[""] = Entry();
  thanos::TSDBStatisticsEntry& other = (*b.mutable_statistics())[""];
  other.mutable_head_statistics()->set_num_series(2);
  other.mutable_head_statistics()->set_min_time(1'500'000'000'000);
  other.mutable_head_statistics()->set_max_time(1'500'000'000'001);
  thanos::Statistic* up = other.add_series_count_by_metric_name();
  up->set_name("up");
  up->set_value(30);
  thanos::Statistic* names = other.add_label_value_count_by_label_name();
  names->set_name("__name__");
  names->set_value(100);
  (*b.mutable_statistics())["tenant"] = other;

  const thanos::TSDBStatistics all = TidyStatistics({a, b});
  ASSERT_EQ(all.statistics_size(), 2);
  const thanos::TSDBStatisticsEntry& sum = all.statistics().at("");
  EXPECT_EQ(sum.head_statistics().num_series(), 510u);
  EXPECT_EQ(sum.head_statistics().min_time(), 1'500'000'000'000);
  EXPECT_EQ(sum.head_statistics().max_time(), 1'598'896'800'143);
  EXPECT_EQ(sum.series_count_by_metric_name(0).name(), "up");  // the largest first
  EXPECT_EQ(sum.series_count_by_metric_name(0).value(), 33u);
  EXPECT_EQ(sum.label_value_count_by_label_name(0).value(), 211u);  // heads share values: the larger counts
}

TEST(StatusApiTest, ASidecarAsksItsPrometheus) {
  Mutex mutex;
  std::string asked;
  HttpRouter router;
  router.Add("GET", "/api/v1/status/tsdb", [&mutex, &asked](const HttpRequest& request) {
    MutexLock lock(mutex);
    asked = request.query.Encode();
    return HttpResponse::Json(200, std::string(kStatus));
  });
  Executor executor("http", 2);
  const auto server = *HttpServer::Start({.address = "127.0.0.1:0"}, std::move(router), executor, Logger());
  const auto http = *HttpClient::Make({});
  PrometheusClient client(*http, fmt::format("http://127.0.0.1:{}", server->port()));
  const auto status = NewPrometheusStatus(client, [] { return Labels{{"cluster", "a"}}; });

  thanos::TSDBStatisticsRequest request;
  request.set_limit(1);
  *request.add_matchers() = ToProto(Matcher::Equal("cluster", "a"));
  auto answer = status->Statistics(Context(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->parts[0].statistics().at("").series_count_by_metric_name_size(), 1);
  EXPECT_EQ((MutexLock(mutex), asked), "limit=1");

  *request.add_matchers() = ToProto(Matcher::Equal("cluster", "b"));
  answer = status->Statistics(Context(), request);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->parts[0].statistics_size(), 0);
}

}  // namespace
}  // namespace varve
