#include "api/grpc_query_service.h"

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include "api/sample_protos.h"
#include "api/testing/fake_sources.h"
#include "net/grpc_client.h"
#include "net/grpc_server.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

template <typename Response>
struct Answer {
  std::vector<Response> messages;
  grpc::Status status;
};

// 1 job="a", ... as samples at times in seconds
std::string ToText(const prometheus_copy::TimeSeries& series) {
  std::string text;
  for (const thanos::Label& label : series.labels()) text += fmt::format("{}={} ", label.name(), label.value());
  for (const prometheus_copy::Sample& one : series.samples()) text += fmt::format("{}@{} ", one.value(), one.timestamp() / 1000);
  for (const prometheus_copy::Histogram& one : series.histograms())
    text += fmt::format("h{}@{} ", one.count_float(), one.timestamp() / 1000);
  if (!text.empty()) text.pop_back();
  return text;
}

class GrpcQueryServiceTest : public testing::Test {
 protected:
  GrpcQueryServiceTest() {
    for (int t = 0; t <= 600; t += 15) {
      for (const char* job : {"a", "b", "c"}) {
        sources_.source.Append(Labels{{"__name__", "requests"}, {"job", job}}, t * 1'000, t);
      }
    }
    config_.replica_labels = {"replica"};
    config_.instant_max_source_resolution_ms = 300'000;
    server_ = *GrpcServer::Start({.address = "127.0.0.1:0"}, {&service_}, nullptr);
    stub_ = thanos::Query::NewStub(*MakeGrpcChannel(fmt::format("127.0.0.1:{}", server_->port()), {}));
  }
  static thanos::QueryRequest Instant(std::string query) {
    thanos::QueryRequest request;
    request.set_query(std::move(query));
    request.set_time_seconds(300);
    request.set_enable_dedup(true);
    return request;
  }
  template <typename Response>
  static Answer<Response> Drain(std::unique_ptr<grpc::ClientReader<Response>> reader) {
    Answer<Response> answer;
    for (Response response; reader->Read(&response);) answer.messages.push_back(response);
    answer.status = reader->Finish();
    return answer;
  }
  Answer<thanos::QueryResponse> Ask(const thanos::QueryRequest& request) {
    grpc::ClientContext context;
    context.AddMetadata("thanos-tenant", "team-a");
    return Drain(stub_->Query(&context, request));
  }
  Answer<thanos::QueryRangeResponse> Ask(const thanos::QueryRangeRequest& request) {
    grpc::ClientContext context;
    return Drain(stub_->QueryRange(&context, request));
  }

  Executor executor_{"grpc", 4};
  MetricsRegistry registry_;
  promql::Engine engine_{promql::EngineOptions()};
  FakeSources sources_;
  Gate gate_{registry_, "thanos_query_concurrent_", 20};
  QueryApiConfig config_;
  FakeClock clock_{600'000};
  QueryRunner runner_{{engine_, sources_, gate_}, config_};
  GrpcQueryService service_{runner_, config_, executor_, clock_};
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<thanos::Query::Stub> stub_;
};

TEST_F(GrpcQueryServiceTest, OneSeriesAMessageAndStatisticsBehind) {
  const auto answer = Ask(Instant("requests"));
  ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
  ASSERT_THAT(answer.messages, SizeIs(4));
  EXPECT_EQ(ToText(answer.messages[0].timeseries()), "__name__=requests job=a 300@300");
  EXPECT_EQ(ToText(answer.messages[2].timeseries()), "__name__=requests job=c 300@300");
  EXPECT_EQ(answer.messages[3].stats().samples_total(), 3);
}

TEST_F(GrpcQueryServiceTest, Batches) {
  thanos::QueryRequest request = Instant("requests");
  request.set_response_batch_size(2);
  const auto answer = Ask(request);
  ASSERT_THAT(answer.messages, SizeIs(3));
  EXPECT_EQ(answer.messages[0].timeseries_batch().series_size(), 2);
  EXPECT_EQ(answer.messages[1].timeseries_batch().series_size(), 1);
  EXPECT_TRUE(answer.messages[2].has_stats());
}

TEST_F(GrpcQueryServiceTest, TimeZeroIsNowAndScalarsHaveNoLabels) {
  thanos::QueryRequest request = Instant("time() + 1");
  request.set_time_seconds(0);
  EXPECT_EQ(ToText(Ask(request).messages[0].timeseries()), "601@600");
}

TEST_F(GrpcQueryServiceTest, Ranges) {
  thanos::QueryRangeRequest request;
  request.set_query("requests{job=\"a\"} * 2");
  request.set_start_time_seconds(60);
  request.set_end_time_seconds(120);
  request.set_interval_seconds(30);
  const auto answer = Ask(request);
  ASSERT_THAT(answer.messages, SizeIs(2));
  EXPECT_EQ(ToText(answer.messages[0].timeseries()), "job=a 120@60 180@90 240@120");
  request.set_interval_seconds(0);
  EXPECT_EQ(Ask(request).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  request.set_end_time_seconds(60);
  EXPECT_EQ(ToText(Ask(request).messages[0].timeseries()), "job=a 120@60");
}

TEST_F(GrpcQueryServiceTest, WishesReachTheSource) {
  thanos::QueryRequest request = Instant("up");
  Ask(request);
  EXPECT_TRUE(sources_.last_options().deduplicate);
  EXPECT_FALSE(sources_.last_options().partial_response);
  EXPECT_THAT(sources_.last_options().replica_labels, ElementsAre("replica"));
  EXPECT_EQ(sources_.last_options().max_source_resolution_ms, 300'000);
  EXPECT_EQ(sources_.last_options().tenant, "team-a");
  request.add_replica_labels("prometheus");
  request.set_max_resolution_seconds(3600);
  request.set_enable_partial_response(true);
  request.mutable_shard_info()->set_total_shards(4);
  thanos::LabelMatcher* matcher = request.add_store_matchers()->add_label_matchers();
  matcher->set_name("__address__");
  matcher->set_value("a:1");
  Ask(request);
  EXPECT_THAT(sources_.last_options().replica_labels, ElementsAre("prometheus"));
  EXPECT_EQ(sources_.last_options().max_source_resolution_ms, 3'600'000);
  EXPECT_TRUE(sources_.last_options().partial_response);
  EXPECT_EQ(sources_.last_options().shard.total, 4);
  EXPECT_THAT(sources_.last_options().store_matchers, SizeIs(1));
}

TEST_F(GrpcQueryServiceTest, Failures) {
  EXPECT_EQ(Ask(Instant("up(")).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  thanos::QueryRequest many_to_many = Instant("requests * on() requests");
  const auto failed = Ask(many_to_many);
  EXPECT_EQ(failed.status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(failed.messages, IsEmpty());
  many_to_many.set_enable_partial_response(true);
  const auto partial = Ask(many_to_many);
  EXPECT_TRUE(partial.status.ok());
  ASSERT_THAT(partial.messages, SizeIs(1));
  EXPECT_THAT(partial.messages[0].warnings(), HasSubstr("many-to-many matching not allowed"));
}

TEST(SampleProtosTest, Histograms) {
  promql::StepSeries series;
  series.present.Reset(2);
  series.present.Fill();
  series.values.resize(2);
  series.values[0] = 7;
  auto histogram = std::make_shared<FloatHistogram>();
  histogram->count = 3;
  histogram->schema = 2;
  histogram->positive_spans = {{-1, 2}};
  histogram->positive = {1, 2};
  histogram->reset_hint = CounterResetHint::kGauge;
  series.histograms = {nullptr, histogram};
  prometheus_copy::TimeSeries proto;
  ToProto(series, {.start = 1'000, .step_ms = 1'000, .count = 2}, proto);
  EXPECT_EQ(ToText(proto), "7@1 h3@2");
  EXPECT_EQ(proto.histograms(0).reset_hint(), prometheus_copy::Histogram::GAUGE);
  EXPECT_EQ(proto.histograms(0).positive_spans(0).offset(), -1);
  EXPECT_THAT(proto.histograms(0).positive_counts(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace varve
