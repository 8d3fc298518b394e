// Random queries, with every optimization, with none, and with each one alone switched off and on: the answers are the same.
// What Prometheus does as well shows in its answers, see OptimizationInfo::prometheus_does: without step-invariance annotations may
// differ, without histogram-stats values of gauge histograms too.
#include <gtest/gtest.h>

#include "promql/engine/engine.h"
#include "promql/testing/query_fixture.h"
#include "promql/testing/random/random_query.h"
#include "promql/testing/random/random_series.h"
#include "promql/testing/result_text.h"
#include "runtime/executor.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr uint64_t kQueriesPerShard = 250;  // each takes twenty times as long
#else
constexpr uint64_t kQueriesPerShard = 2500;
#endif

struct Variant {
  std::string name;
  Engine engine;
  bool Has(Optimization id) const { return engine.options().optimizations.Has(id); }
};

// The first line in which two texts differ.
std::string FirstDifference(std::string_view a, std::string_view b) {
  const auto line = [](std::string_view text, size_t at) { return std::string(text.substr(at, text.find('\n', at) - at)); };
  size_t start = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()) && a[i] == b[i]; ++i) {
    if (a[i] == '\n') start = i + 1;
  }
  return line(a, start) + "\n" + line(b, start);
}

class SameAnswerTest : public testing::TestWithParam<uint64_t> {
 protected:
  SameAnswerTest() {
    for (const auto& [labels, samples] : RandomSeries(GetParam(), {})) source_.Put(labels, samples);
    source_.set_warnings({"a store is away"});
    const OptimizationSet none = *WithoutOptimizations("all");
    OptimizationSet prometheus;
    for (const OptimizationInfo& info : AllOptimizations()) {
      if (info.prometheus_does) prometheus.Add(info.id);
    }
    AddVariant("what Prometheus does", prometheus);
    AddVariant("none", none);
    AddVariant("default", DefaultOptimizations());
    for (const OptimizationInfo& info : AllOptimizations()) {
      if (!info.by_default) continue;
      AddVariant("all but " + std::string(info.name), *WithoutOptimizations(info.name));
      if (!info.prometheus_does) AddVariant("only " + std::string(info.name), *WithOptimizations(prometheus, info.name));
    }
  }

  void AddVariant(std::string name, OptimizationSet optimizations) {
    EngineOptions options = ScriptEngineOptions();
    options.optimizations = optimizations;
    options.executor = &executor_;
    variants_.push_back({std::move(name), Engine(std::move(options))});
  }

  absl::StatusOr<QueryResult> Ask(const Variant& variant, const PromqlTestQuery& query) {
    return query.is_range ? variant.engine.Range(Context(), source_, query.text, {query.start, query.end, query.step_ms})
                          : variant.engine.Instant(Context(), source_, query.text, query.start);
  }

  MemorySeriesSource source_;
  Executor executor_{"query", 2};
  std::vector<Variant> variants_;
};

TEST_P(SameAnswerTest, WhateverIsSwitchedOff) {
  OptimizationCounts fired;
  for (uint64_t i = 0; i < kQueriesPerShard; ++i) {
    const PromqlTestQuery query = RandomQuery(GetParam() * kQueriesPerShard + i, QueryDialect::kModern, 0);
    const absl::StatusOr<QueryResult> plain = Ask(variants_[0], query);
    const std::string text = ExactText(plain), values = ExactTextOfValues(plain);
    for (size_t v = 1; v < variants_.size(); ++v) {
      const absl::StatusOr<QueryResult> result = Ask(variants_[v], query);
      const auto lacks = [&](Optimization id) { return plain.ok() && plain->stats.fired.Of(id) > 0 && !variants_[v].Has(id); };
      if (lacks(Optimization::kHistogramStats)) continue;
      const bool values_only = lacks(Optimization::kStepInvariance);
      const std::string& want = values_only ? values : text;
      const std::string got = values_only ? ExactTextOfValues(result) : ExactText(result);
      EXPECT_TRUE(got == want) << variants_[v].name << ": " << query.text << " from " << query.start << " to " << query.end
                               << " step " << query.step_ms << "\n"
                               << FirstDifference(got, want);
      if (!result.ok()) continue;
      for (const OptimizationInfo& info : AllOptimizations()) fired.Add(info.id, result->stats.fired.Of(info.id));
    }
  }
  for (const OptimizationInfo& info : AllOptimizations()) {
    EXPECT_TRUE(!info.by_default || fired.Of(info.id) > 0) << info.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SameAnswerTest, testing::Range<uint64_t>(1, 5));

}  // namespace
}  // namespace varve::promql
