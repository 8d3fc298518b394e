// What a scrape or a query does with label sets: compare, hash, look up, build.
#include <benchmark/benchmark.h>

#include "model/labels.h"
#include "model/relabel.h"

namespace varve {
namespace {

Labels Pod(std::string_view instance) {
  return {{"__name__", "http_request_duration_seconds_bucket"},
          {"cluster", "eu-west-1-prod"},
          {"handler", "/api/v1/query_range"},
          {"instance", instance},
          {"job", "prometheus"},
          {"le", "0.25"},
          {"namespace", "monitoring"},
          {"pod", "prometheus-k8s-0"}};
}

void BM_Compare(benchmark::State& state) {
  const Labels a = Pod("10.0.0.1:9090"), b = Pod("10.0.0.2:9090");
  for (auto _ : state) benchmark::DoNotOptimize(a < b);
}
BENCHMARK(BM_Compare);

void BM_Hash(benchmark::State& state) {
  const Labels labels = Pod("10.0.0.1:9090");
  for (auto _ : state) benchmark::DoNotOptimize(labels.Hash());
}
BENCHMARK(BM_Hash);

void BM_HashOfTwo(benchmark::State& state) {
  const Labels labels = Pod("10.0.0.1:9090");
  const std::vector<std::string> names = {"instance", "job"};
  for (auto _ : state) benchmark::DoNotOptimize(labels.HashOf(names));
}
BENCHMARK(BM_HashOfTwo);

void BM_Get(benchmark::State& state) {
  const Labels labels = Pod("10.0.0.1:9090");
  for (auto _ : state) benchmark::DoNotOptimize(labels.Get("job"));
}
BENCHMARK(BM_Get);

void BM_BuildSorted(benchmark::State& state) {
  const Labels labels = Pod("10.0.0.1:9090");
  const std::vector<LabelView> views(labels.begin(), labels.end());
  for (auto _ : state) benchmark::DoNotOptimize(Labels::FromSorted(views));
}
BENCHMARK(BM_BuildSorted);

void BM_Builder(benchmark::State& state) {
  const Labels labels = Pod("10.0.0.1:9090");
  LabelsBuilder builder;
  for (auto _ : state) {
    builder.Reset(labels);
    builder.Set("replica", "a");
    builder.Del("pod");
    benchmark::DoNotOptimize(builder.Build());
  }
}
BENCHMARK(BM_Builder);

void BM_Relabel(benchmark::State& state) {
  const Labels labels = Pod("10.0.0.1:9090");
  const RelabelRules rules = *ParseRelabelRules(R"(
- {source_labels: [__name__], regex: 'go_.*', action: drop}
- {source_labels: [instance], regex: '(.*):\d+', target_label: host}
- {regex: 'pod', action: labeldrop})");
  for (auto _ : state) benchmark::DoNotOptimize(Relabel(labels, rules));
}
BENCHMARK(BM_Relabel);

}  // namespace
}  // namespace varve
