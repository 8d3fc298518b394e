// The Prometheus store against Debian's real Prometheus (skipped where it is not installed), and its decoders against their own
// law.
#include "store/prometheus_store.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <proto/prometheus/types.pb.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/byte_writer.h"
#include "base/crc32c.h"
#include "base/errors.h"
#include "net/snappy.h"
#include "store/exemplars_api.h"
#include "store/label_protos.h"
#include "store/metadata_api.h"
#include "store/remote_read.h"
#include "store/rules_api.h"
#include "store/targets_api.h"
#include "store/testing/fake_store.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

extern char** environ;

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;

std::string Frame(const prometheus_copy::ChunkedReadResponse& message) {
  const std::string bytes = message.SerializeAsString();
  ByteWriter writer;
  writer.Uvarint(bytes.size());
  writer.U32(Crc32c(AsBytes(bytes)));
  writer.Append(AsBytes(bytes));
  return std::string(AsText(writer.bytes()));
}

prometheus_copy::ChunkedReadResponse OneSeries(const std::string& value, int64_t min, int64_t max) {
  prometheus_copy::ChunkedReadResponse response;
  prometheus_copy::ChunkedSeries* series = response.add_chunked_series();
  thanos::Label* label = series->add_labels();
  label->set_name("a");
  label->set_value(value);
  prometheus_copy::Chunk* chunk = series->add_chunks();
  chunk->set_type(prometheus_copy::Chunk::XOR);
  chunk->set_min_time_ms(min);
  chunk->set_max_time_ms(max);
  chunk->set_data("data");
  return response;
}

class RemoteReadTest : public testing::Test {
 protected:
  absl::Status Decode(std::string_view answer, size_t step) {
    series_.clear();
    RemoteReadDecoder decoder([this](ChunkSeries series) {
      series_.push_back(std::move(series));
      return absl::OkStatus();
    });
    for (; !answer.empty(); answer.remove_prefix(std::min(step, answer.size()))) {
      if (absl::Status fed = decoder.Feed(answer.substr(0, step)); !fed.ok()) return fed;
    }
    return decoder.Finish();
  }
  std::vector<ChunkSeries> series_;
};

TEST_F(RemoteReadTest, FramesMayBeCutAnywhere) {
  const std::string answer = Frame(OneSeries("1", 0, 9)) + Frame(OneSeries("2", 10, 19));
  for (size_t step = 1; step <= answer.size(); ++step) {
    ASSERT_TRUE(Decode(answer, step).ok()) << step;
    ASSERT_EQ(series_.size(), 2);
    EXPECT_EQ(series_[1].labels.Get("a"), "2");
    EXPECT_EQ(series_[1].chunks[0].min_time, 10);
    EXPECT_EQ(AsText(series_[1].chunks[0].data), "data");
  }
}

TEST_F(RemoteReadTest, DamageIsFound) {
  const std::string answer = Frame(OneSeries("1", 0, 9));
  for (size_t i = 0; i < answer.size(); ++i) {
    std::string damaged = answer;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    EXPECT_FALSE(Decode(damaged, 7).ok()) << i;
  }
  EXPECT_TRUE(absl::IsDataLoss(Decode(answer.substr(0, answer.size() - 1), 7)));
  EXPECT_TRUE(absl::IsDataLoss(Decode("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 20)));
  EXPECT_TRUE(absl::IsDataLoss(Decode(Frame(OneSeries("1", 9, 0)), 100)));
  auto unknown = OneSeries("1", 0, 9);
  unknown.mutable_chunked_series(0)->mutable_chunks(0)->set_type(prometheus_copy::Chunk::UNKNOWN);
  EXPECT_TRUE(absl::IsDataLoss(Decode(Frame(unknown), 100)));
}

TEST_F(RemoteReadTest, SampledAnswersBecomeChunks) {
  prometheus_copy::ReadResponse response;
  prometheus_copy::QueryResult* result = response.add_results();
  prometheus_copy::TimeSeries* series = result->add_timeseries();
  for (int i = 0; i < 250; ++i) {
    prometheus_copy::Sample* sample = series->add_samples();
    sample->set_timestamp(i * 1000);
    sample->set_value(i);
  }
  prometheus_copy::Histogram* histogram = series->add_histograms();
  histogram->set_timestamp(250'000);
  histogram->set_count_int(5);
  histogram->set_sum(7);
  prometheus_copy::BucketSpan* span = histogram->add_positive_spans();
  span->set_length(2);
  histogram->add_positive_deltas(2);
  histogram->add_positive_deltas(1);
  result->add_timeseries();  // without samples: left out
  const auto decoded = DecodeSampledRead(SnappyCompress(response.SerializeAsString()));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  ASSERT_EQ(decoded->size(), 1);
  ASSERT_EQ((*decoded)[0].chunks.size(), 4);
  EXPECT_EQ((*decoded)[0].chunks[2].min_time, 240'000);
  SeriesSamples samples;
  const ChunkView& last = (*decoded)[0].chunks[3];
  ASSERT_TRUE(DecodeChunk(last.encoding, last.data, samples).ok());
  EXPECT_EQ(last.encoding, ChunkEncoding::kHistogram);
  EXPECT_THAT(samples.histograms.values[0].positive, ElementsAre(2, 3));
  EXPECT_FALSE(DecodeSampledRead("not snappy").ok());
  histogram->add_positive_deltas(1);  // more counts than buckets
  EXPECT_TRUE(absl::IsDataLoss(DecodeSampledRead(SnappyCompress(response.SerializeAsString())).status()));
}

TEST(PrometheusClientTest, ExternalLabelsOfAConfiguration) {
  EXPECT_EQ(*ParseExternalLabels("global:\n  scrape_interval: 15s\n  external_labels:\n    cluster: eu\n    replica: \"0\"\n"),
            (Labels{{"cluster", "eu"}, {"replica", "0"}}));
  EXPECT_TRUE(ParseExternalLabels("scrape_configs: []\n")->empty());
  EXPECT_FALSE(ParseExternalLabels("global: {external_labels: [a]}").ok());
}

constexpr char kPrometheus[] = "/usr/bin/prometheus";

uint16_t FreeTcpPort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

constexpr TimestampMs kBlockStart = 1'700'006'400'000;  // two hours, aligned

// A real Prometheus over one block, with external labels.
class RealPrometheusTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!FileExists(RealFiles(), kPrometheus)) return;
    scratch_ = new ScratchDirectory();
    BlockBuilder builder;
    for (int i = 0; i < 300; ++i) {
      builder.Add(Labels{{"__name__", "requests_total"}, {"job", "a"}}, kBlockStart + i * 15'000, i);
      builder.Add(Labels{{"__name__", "requests_total"}, {"job", "b"}, {"replica", "inner"}}, kBlockStart + i * 15'000, 2 * i);
    }
    builder.Add(Labels{{"__name__", "up"}}, kBlockStart, 1);
    builder.Write(scratch_->path() + "/data");
    const std::string config = scratch_->path() + "/prometheus.yml", rules = scratch_->path() + "/rules.yml";
    ASSERT_TRUE(RealFiles()
                    .WriteAtomically(rules, AsBytes("groups: [{name: g, rules: [{record: 'a:b', expr: up}, "
                                                    "{alert: Down, expr: 'up == 0', for: 5m, labels: {severity: page}}]}]\n"))
                    .ok());
    ASSERT_TRUE(RealFiles()
                    .WriteAtomically(
                        config, AsBytes(fmt::format(
                                    "global: {{external_labels: {{cluster: eu, replica: '0'}}}}\nrule_files: ['{}']\n", rules)))
                    .ok());
    const std::string port = std::to_string(FreeTcpPort());
    url_ = "http://127.0.0.1:" + port;
    std::vector<std::string> words = {kPrometheus,
                                      "--config.file=" + config,
                                      "--storage.tsdb.path=" + scratch_->path() + "/data",
                                      "--web.listen-address=127.0.0.1:" + port,
                                      "--storage.tsdb.retention.time=100y",
                                      "--log.level=error"};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ASSERT_EQ(::posix_spawn(&pid_, kPrometheus, nullptr, nullptr, arguments.data(), environ), 0);
    const auto http = *HttpClient::Make(HttpClientConfig());
    for (int i = 0; i < 200; ++i) {
      if (const auto ready = http->Do(Context(), {.url = url_ + "/-/ready"}); ready.ok() && ready->status == 200) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL() << "Prometheus did not become ready";
  }
  static void TearDownTestSuite() {
    if (pid_ > 0) {
      ::kill(pid_, SIGTERM);
      ::waitpid(pid_, nullptr, 0);
    }
    delete scratch_;
  }
  void SetUp() override {
    if (pid_ <= 0) GTEST_SKIP() << kPrometheus << " is not installed";
    options_.external_labels = [] { return Labels{{"cluster", "eu"}, {"replica", "0"}}; };
    options_.range = [] { return QueryRange{0, kMaxTimestamp}; };
  }
  std::unique_ptr<StoreApi> Store() { return NewPrometheusStore(client_, registry_, options_); }
  std::vector<std::string> Ask(const SeriesRequest& request) {
    auto set = Store()->Series(Context(), request);
    if (!set.ok()) return {fmt::format("failed: {}", Message(set.status()))};
    std::vector<std::string> lines;
    while ((*set)->Next()) {
      SeriesSamples samples;
      for (const ChunkView& chunk : (*set)->At().chunks) EXPECT_TRUE(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
      lines.push_back(fmt::format("{} {}", (*set)->At().labels.ToString(), samples.size()));
    }
    return lines;
  }
  static SeriesRequest Requests() {
    return {.range = {kBlockStart, kBlockStart + 7'200'000}, .matchers = {Matcher::Equal("__name__", "requests_total")}};
  }

  static inline ScratchDirectory* scratch_ = nullptr;
  static inline pid_t pid_ = 0;
  static inline std::string url_;
  std::unique_ptr<HttpClient> http_ = *HttpClient::Make(HttpClientConfig());
  PrometheusClient client_{*http_, url_ + "/"};
  MetricsRegistry registry_;
  PrometheusStoreOptions options_;
};

TEST_F(RealPrometheusTest, TellsAboutItself) {
  EXPECT_THAT(*client_.Version(Context()), HasSubstr("2."));
  EXPECT_EQ((*client_.Flags(Context()))["storage.tsdb.retention.time"], "100y");
  EXPECT_EQ(*client_.ExternalLabels(Context()), (Labels{{"cluster", "eu"}, {"replica", "0"}}));
  EXPECT_EQ(*client_.LowestTimestamp(Context()), kBlockStart);
}

TEST_F(RealPrometheusTest, ChunksWithExternalLabelsInOrder) {
  EXPECT_THAT(Ask(Requests()), ElementsAre("{__name__=\"requests_total\", cluster=\"eu\", job=\"a\", replica=\"0\"} 300",
                                           "{__name__=\"requests_total\", cluster=\"eu\", job=\"b\", replica=\"0\"} 300"));
  SeriesRequest request = Requests();
  request.without_replica_labels = {"replica"};
  request.matchers.push_back(Matcher::Equal("job", "b"));
  request.matchers.push_back(Matcher::Equal("cluster", "eu"));
  EXPECT_THAT(Ask(request), ElementsAre("{__name__=\"requests_total\", cluster=\"eu\", job=\"b\"} 300"));
  request.matchers.push_back(Matcher::Equal("replica", "1"));
  EXPECT_THAT(Ask(request), IsEmpty());
  request.matchers = {Matcher::Equal("cluster", "eu")};
  EXPECT_THAT(Ask(request), ElementsAre("failed: no matchers specified (excluding external labels)"));
}

TEST_F(RealPrometheusTest, LabelsAlone) {
  SeriesRequest request = Requests();
  request.skip_chunks = true;
  EXPECT_THAT(Ask(request), ElementsAre("{__name__=\"requests_total\", cluster=\"eu\", job=\"a\", replica=\"0\"} 0",
                                        "{__name__=\"requests_total\", cluster=\"eu\", job=\"b\", replica=\"0\"} 0"));
  const StoreLabelsRequest all;
  EXPECT_THAT(Store()->LabelNames(Context(), all)->values, ElementsAre("__name__", "cluster", "job", "replica"));
  EXPECT_THAT(Store()->LabelValues(Context(), "__name__", all)->values, ElementsAre("requests_total", "up"));
  EXPECT_THAT(Store()->LabelValues(Context(), "cluster", all)->values, ElementsAre("eu"));
  StoreLabelsRequest b = {.matchers = {Matcher::Equal("job", "b")}};
  EXPECT_THAT(Store()->LabelValues(Context(), "__name__", b)->values, ElementsAre("requests_total"));
  b.matchers = {Matcher::Equal("job", "none")};
  EXPECT_THAT(Store()->LabelValues(Context(), "cluster", b)->values, IsEmpty());
}

TEST_F(RealPrometheusTest, RulesTargetsMetadataAndExemplars) {
  const auto rules = NewPrometheusRules(client_, options_.external_labels)->Rules(Context(), {});
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_EQ(rules->parts.size(), 1);
  EXPECT_EQ(rules->parts[0].name(), "g");
  EXPECT_EQ(rules->parts[0].rules(0).recording().name(), "a:b");
  EXPECT_EQ(rules->parts[0].rules(1).alert().duration_seconds(), 300);
  EXPECT_EQ(LabelsOf(rules->parts[0].rules(1).alert().labels()),
            (Labels{{"cluster", "eu"}, {"replica", "0"}, {"severity", "page"}}));
  thanos::RulesRequest alerts;
  alerts.set_type(thanos::RulesRequest::ALERT);
  EXPECT_EQ(NewPrometheusRules(client_, options_.external_labels)->Rules(Context(), alerts)->parts[0].rules_size(), 1);
  EXPECT_TRUE(NewPrometheusTargets(client_, options_.external_labels)->Targets(Context(), {}).ok());
  EXPECT_TRUE(NewPrometheusMetadata(client_)->Metadata(Context(), {}).ok());
  const auto exemplars = NewPrometheusExemplars(client_, options_.external_labels)
                             ->Exemplars(Context(), {.selectors = {{Matcher::Equal("__name__", "up")}}, .range = {0, 1000}});
  EXPECT_TRUE(exemplars.ok()) << exemplars.status();
}

TEST_F(RealPrometheusTest, LimitsAndErrors) {
  options_.series_limit = 1;
  EXPECT_THAT(Ask(Requests()), ElementsAre("failed: exceeded series limit: limit 1 violated (got 2)"));
  options_.series_limit = 0;
  options_.samples_limit = 120;
  EXPECT_THAT(Ask(Requests()), ElementsAre(HasSubstr("exceeded chunks limit: limit 1 violated")));
  EXPECT_TRUE(absl::IsNotFound(client_.Get(Context(), "/api/v1/nothing").status()));
  PrometheusClient nobody(*http_, "http://127.0.0.1:1");
  EXPECT_TRUE(absl::IsUnavailable(nobody.Version(Context()).status()));
}

}  // namespace
}  // namespace varve
