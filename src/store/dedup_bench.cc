// What reading a de-duplicated series costs a querier: two replicas of a day at 15 s, as columns and from chunks.
#include <benchmark/benchmark.h>

#include "storage/dedup.h"
#include "store/querier_source.h"
#include "store/testing/fake_store.h"

namespace varve {
namespace {

constexpr int kSamples = 5760;

SeriesSamples Replica(TimestampMs offset) {
  SeriesSamples samples;
  for (int i = 0; i < kSamples; ++i) samples.floats.Append(i * 15'000 + offset, i);
  return samples;
}

void BM_Penalty(benchmark::State& state) {
  std::vector<SeriesSamples> replicas;
  for (int i = 0; i < state.range(0); ++i) replicas.push_back(Replica(i * 137));
  for (auto _ : state) {
    benchmark::DoNotOptimize(Deduplicate(DedupAlgorithm::kPenalty, replicas, state.range(1) != 0));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * kSamples);
}
BENCHMARK(BM_Penalty)->Args({1, 0})->Args({2, 0})->Args({2, 1})->Args({3, 1});

void BM_ReadTwoReplicasFromChunks(benchmark::State& state) {
  FakeStore store;
  ChunkSeries& series = store.series.emplace_back();
  series.labels = Labels{{"__name__", "x"}};
  for (int chunk = 0; chunk < kSamples / 120; ++chunk) {
    for (const TimestampMs offset : {0, 137}) {
      std::vector<FakeSample> samples;
      for (int i = 0; i < 120; ++i) samples.push_back({(chunk * 120 + i) * 15'000 + offset, static_cast<double>(i)});
      AddXorChunk(series, samples);
    }
  }
  const auto source = NewQuerierSource(store, {.replica_labels = {"replica"}});
  SelectRequest request = {.range = {0, kMaxTimestamp}, .matchers = {Matcher::Equal("__name__", "x")}};
  request.hints.function = state.range(0) != 0 ? "rate" : "";
  const auto set = *source->Select(Context(), request);
  set->Next();
  SeriesSamples out;
  for (auto _ : state) {
    out.Clear();
    set->At()->Read(Context(), request.range, out).IgnoreError();
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * 2 * kSamples);
}
BENCHMARK(BM_ReadTwoReplicasFromChunks)->Arg(0)->Arg(1);

}  // namespace
}  // namespace varve
