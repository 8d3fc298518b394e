// What rate() and sum() do with histograms of one layout, and with those whose layouts differ.
#include <benchmark/benchmark.h>

#include "model/histogram_arithmetic.h"
#include "model/histogram_buckets.h"
#include "model/histogram_reset.h"
#include "model/testing/histograms.h"

namespace varve {
namespace {

FloatHistogram Latencies(int32_t first, int32_t step) {
  BucketMap buckets;
  for (int32_t i = 0; i < 60; ++i) buckets[first + i * step] = i + 1;
  return MakeHistogram(3, buckets, {}, 2, 0x1p-128);
}

void BM_AddSameLayout(benchmark::State& state) {
  FloatHistogram sum = Latencies(-40, 1);
  const FloatHistogram addend = sum;
  for (auto _ : state) benchmark::DoNotOptimize(AddHistogram(sum, addend));
}
BENCHMARK(BM_AddSameLayout);

void BM_AddOtherLayout(benchmark::State& state) {
  FloatHistogram sum = Latencies(-40, 1);
  const FloatHistogram addend = Latencies(-41, 2);
  for (auto _ : state) benchmark::DoNotOptimize(AddHistogram(sum, addend));
}
BENCHMARK(BM_AddOtherLayout);

void BM_KahanAdd(benchmark::State& state) {
  FloatHistogram sum = Latencies(-40, 1);
  const FloatHistogram addend = sum;
  std::optional<FloatHistogram> compensation;
  for (auto _ : state) benchmark::DoNotOptimize(KahanAddHistogram(sum, compensation, addend));
}
BENCHMARK(BM_KahanAdd);

void BM_DetectReset(benchmark::State& state) {
  const FloatHistogram previous = Latencies(-40, 1), current = previous;
  for (auto _ : state) benchmark::DoNotOptimize(DetectReset(current, previous));
}
BENCHMARK(BM_DetectReset);

void BM_WalkAllBuckets(benchmark::State& state) {
  const FloatHistogram histogram = Latencies(-40, 1);
  for (auto _ : state) {
    double weighted = 0;
    for (BucketIterator it(histogram, BucketOrder::kAll); it.Next();) weighted += it.At().upper * it.At().count;
    benchmark::DoNotOptimize(weighted);
  }
}
BENCHMARK(BM_WalkAllBuckets);

}  // namespace
}  // namespace varve
