// How fast answers become text: series x steps samples of a range query.
#include <benchmark/benchmark.h>

#include "api/query_json.h"

namespace varve {
namespace {

promql::QueryResult MakeResult(size_t series_count, size_t steps, double unit) {
  promql::QueryResult result;
  result.type = promql::ValueType::kMatrix;
  result.grid = {.start = 1'600'000'000'000, .step_ms = 15'000, .count = steps};
  for (size_t i = 0; i < series_count; ++i) {
    promql::StepSeries series;
    series.Reset(steps);
    series.labels = Labels{{"__name__", "http_requests_total"}, {"instance", "10.0.0." + std::to_string(i)}, {"job", "api"}};
    for (size_t step = 0; step < steps; ++step) series.SetFloat(step, static_cast<double>(i * 1'000 + step * 17) * unit);
    result.series.push_back(std::move(series));
  }
  return result;
}

void Encode(benchmark::State& state, double unit) {
  const promql::QueryResult result = MakeResult(100, 1'000, unit);
  int64_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    QueryJson json(result, {}, {});
    state.ResumeTiming();
    std::string part;
    while (json.Next(part)) {
      bytes += static_cast<int64_t>(part.size());
      part.clear();
    }
    bytes += static_cast<int64_t>(part.size());
  }
  state.SetItemsProcessed(state.iterations() * 100'000);
  state.SetBytesProcessed(bytes);
}
void BM_EncodeCounters(benchmark::State& state) { Encode(state, 1); }
void BM_EncodeFractions(benchmark::State& state) { Encode(state, 0.1234567); }
BENCHMARK(BM_EncodeCounters);
BENCHMARK(BM_EncodeFractions);

}  // namespace
}  // namespace varve
