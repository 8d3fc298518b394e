// Queries over series in XOR chunks of 120 samples, as a block or a store hands them over: what a dashboard asks.
//
//   promql.engine_bench --benchmark_filter=rate
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "chunkenc/xor_encoder.h"
#include "promql/engine/engine.h"
#include "runtime/executor.h"
#include "storage/chunk_series_source.h"

namespace varve::promql {
namespace {

constexpr int64_t kScrapeMs = 15'000;
constexpr int64_t kHourMs = 3'600'000;

// Counters of 100 instances, scraped every 15 s.
class ChunkSource final : public SeriesSource {
 public:
  ChunkSource(int series, int64_t duration_ms) {
    for (int i = 0; i < series; ++i) series_.push_back(MakeSeries(i, duration_ms));
  }

  absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context&, const SelectRequest& request) override {
    std::vector<ChunkSeries> chosen;
    for (const ChunkSeries& series : series_) {
      if (MatchesAll(request.matchers, series.labels)) chosen.push_back(series);
    }
    return NewChunkBackedSeriesSet(NewChunkSeriesSet(std::move(chosen)));
  }
  absl::StatusOr<LabelsResult> LabelNames(const Context&, const LabelsRequest&) override { return LabelsResult(); }
  absl::StatusOr<LabelsResult> LabelValues(const Context&, std::string_view, const LabelsRequest&) override {
    return LabelsResult();
  }

 private:
  static ChunkSeries MakeSeries(int i, int64_t duration_ms) {
    const std::string instance = fmt::format("host-{:03}:9100", i % 100), path = fmt::format("/api/v1/{:05}", i / 100);
    ChunkSeries series;
    series.labels = {{"__name__", "http_requests_total"}, {"instance", instance}, {"job", "api"}, {"path", path}};
    FloatColumns samples;
    double value = 0;
    for (TimestampMs time = 0; time <= duration_ms; time += kScrapeMs) {
      value += static_cast<double>((time / kScrapeMs * 7 + i) % 13);
      samples.Append(time + i % 100, value);
      if (samples.size() == 120 || time + kScrapeMs > duration_ms) AddChunk(samples, series);
    }
    return series;
  }

  static void AddChunk(FloatColumns& samples, ChunkSeries& series) {
    XorEncoder encoder;
    for (size_t i = 0; i < samples.size(); ++i) encoder.Append(samples.times[i], samples.values[i]);
    auto bytes = std::make_shared<const ByteBuffer>(encoder.Release());
    series.chunks.push_back({.min_time = samples.times.front(),
                             .max_time = samples.times.back(),
                             .encoding = ChunkEncoding::kXor,
                             .aggregate = Aggregate::kRaw,
                             .data = *bytes});
    series.owners.push_back(std::move(bytes));
    samples.Clear();
  }

  std::vector<ChunkSeries> series_;
};

constexpr const char* kQueries[] = {
    "http_requests_total",
    "sum(http_requests_total)",
    "rate(http_requests_total[5m])",
    "sum(rate(http_requests_total[5m]))",
    "sum by (instance) (rate(http_requests_total[5m]))",
    "topk(5, rate(http_requests_total[5m]))",
    "rate(http_requests_total[5m]) / http_requests_total",
    "sum_over_time(http_requests_total[5m])",
};

ChunkSource& Source() {
  static ChunkSource& source = *new ChunkSource(1000, 6 * kHourMs);
  return source;
}

void SetCounters(benchmark::State& state, const QueryResult& result) {
  state.counters["samples/s"] =
      benchmark::Counter(static_cast<double>(result.stats.samples_decoded), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["peak_MB"] = static_cast<double>(result.stats.bytes_peak) / 1e6;
}

// 1000 series over six hours, a step a minute.
void BM_Range(benchmark::State& state) {
  const std::string query = kQueries[state.range(0)];
  Executor executor("bench", static_cast<size_t>(state.range(1)));
  const Engine engine(EngineOptions{.executor = state.range(1) == 0 ? nullptr : &executor});
  absl::StatusOr<QueryResult> result;
  for (auto _ : state) {
    result = engine.Range(Context(), Source(), query, {300'000, 6 * kHourMs, 60'000});
    VARVE_CHECK(result.ok());
  }
  SetCounters(state, *result);
  state.SetLabel(query);
}
BENCHMARK(BM_Range)->ArgsProduct({{0, 1, 2, 3, 4, 5, 6, 7}, {0, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

// What a rule asks: one moment.
void BM_Instant(benchmark::State& state) {
  const std::string query = kQueries[state.range(0)];
  const Engine engine(EngineOptions{});
  absl::StatusOr<QueryResult> result;
  for (auto _ : state) {
    result = engine.Instant(Context(), Source(), query, 6 * kHourMs);
    VARVE_CHECK(result.ok());
  }
  SetCounters(state, *result);
  state.SetLabel(query);
}
BENCHMARK(BM_Instant)->DenseRange(0, 7)->Unit(benchmark::kMicrosecond);

// A query that says the same thing twice, with everything that could be saved switched off and on.
void BM_Repeated(benchmark::State& state) {
  constexpr const char* kRepeated[] = {
      "rate(http_requests_total[5m]) / rate(http_requests_total[5m])",
      "sum by (instance) (rate(http_requests_total[5m])) / ignoring(instance) group_left() sum(rate(http_requests_total[5m]))",
      "http_requests_total{job=\"none\"} / http_requests_total",
  };
  const std::string query = kRepeated[state.range(0)];
  EngineOptions options;
  if (state.range(1) == 0)
    options.optimizations = *WithoutOptimizations("shared-expressions,shared-selections,matcher-propagation");
  const Engine engine(options);
  for (auto _ : state) VARVE_CHECK(engine.Range(Context(), Source(), query, {300'000, 6 * kHourMs, 60'000}).ok());
  state.SetLabel(query);
}
BENCHMARK(BM_Repeated)->ArgsProduct({{0, 1, 2}, {0, 1}})->UseRealTime()->Unit(benchmark::kMillisecond);

// The fixed cost of a query.
void BM_Scalar(benchmark::State& state) {
  const Engine engine(EngineOptions{});
  for (auto _ : state) VARVE_CHECK(engine.Instant(Context(), Source(), "1 + 1", 0).ok());
}
BENCHMARK(BM_Scalar)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace varve::promql
