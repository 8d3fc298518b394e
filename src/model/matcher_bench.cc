// What the shape of an expression saves over RE2, on a mix of values of which about a quarter match.
#include <benchmark/benchmark.h>

#include "model/fast_regex.h"

namespace varve {
namespace {

const std::vector<std::string>& Values() {
  static const auto* const values = [] {
    auto* const all = new std::vector<std::string>;
    for (int i = 0; i < 256; ++i) {
      for (const char* zone : {"eu", "us", "ap", "sa"}) all->push_back("prod-" + std::string(zone) + "-web-" + std::to_string(i));
    }
    return all;
  }();
  return *values;
}

std::string LongAlternation() {
  std::string pattern;
  for (int i = 0; i < 256; ++i) pattern.append(i == 0 ? "" : "|").append("prod-eu-web-").append(std::to_string(i));
  return pattern;
}

const std::string& Pattern(const benchmark::State& state) {
  static const auto* const patterns =
      new std::vector<std::string>{"prod-eu-.*",      ".*-eu-.*",       ".*-(eu|us)-web-7", "prod-(eu|us)-web-[0-9]",
                                   LongAlternation(), "(?i)PROD-EU-.*", "prod-eu-web-\\d+", ".+"};
  return (*patterns)[static_cast<size_t>(state.range(0))];
}

void BM_Fast(benchmark::State& state) {
  const auto regex = *FastRegex::Make(Pattern(state));
  for (auto _ : state) {
    for (const std::string& value : Values()) benchmark::DoNotOptimize(regex->Matches(value));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(Values().size()));
  state.SetLabel(Pattern(state).substr(0, 32));
}
BENCHMARK(BM_Fast)->DenseRange(0, 7);

void BM_Re2(benchmark::State& state) {
  const auto regex = *CompileRegex(Pattern(state));
  for (auto _ : state) {
    for (const std::string& value : Values()) benchmark::DoNotOptimize(FullMatch(*regex, value));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(Values().size()));
  state.SetLabel(Pattern(state).substr(0, 32));
}
BENCHMARK(BM_Re2)->DenseRange(0, 7);

void BM_MakeFast(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(FastRegex::Make(Pattern(state)));
  state.SetLabel(Pattern(state).substr(0, 32));
}
BENCHMARK(BM_MakeFast)->DenseRange(0, 7);

}  // namespace
}  // namespace varve
