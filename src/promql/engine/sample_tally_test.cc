// The counts below are those of Prometheus 3.14 over the same samples.
#include "promql/engine/sample_tally.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "promql/engine/engine.h"
#include "promql/testing/query_fixture.h"
#include "storage/testing/memory_series_source.h"

namespace varve::promql {
namespace {

constexpr int64_t kMinute = 60'000;

class SampleTallyTest : public testing::Test {
 protected:
  SampleTallyTest() {
    for (int minute = 0; minute <= 20; ++minute) {
      source_.Append(Labels{{"__name__", "x"}, {"i", "1"}}, minute * kMinute, minute);
      if (minute % 2 == 0) source_.Append(Labels{{"__name__", "x"}, {"i", "2"}}, minute * kMinute, minute);
    }
  }

  // "6: 2 2 2, read 6: 2 2 2"
  std::string Counts(std::string_view query, const QueryTimes& times) {
    const Engine engine(ScriptEngineOptions());
    const QueryOptions options = {.count_by_step = true};
    const absl::StatusOr<QueryResult> result = times.step_ms > 0
                                                   ? engine.Range(Context(), source_, query, times, options)
                                                   : engine.Instant(Context(), source_, query, times.start, options);
    if (!result.ok()) return result.status().ToString();
    std::string queried = fmt::format("{}:", result->stats.samples.queried);
    std::string read = fmt::format(", read {}:", result->stats.samples.read);
    for (const SampleCounts& step : result->stats.samples_by_step) {
      queried += fmt::format(" {}", step.queried);
      read += fmt::format(" {}", step.read);
    }
    return queried + read;
  }

  MemorySeriesSource source_;
};

TEST_F(SampleTallyTest, CountsAsPrometheusDoes) {
  struct Case {
    int64_t step_minutes;  // 0: an instant query
    std::string query, counts;
  };
  const Case cases[] = {
      {2, "x", "6: 2 2 2, read 6: 2 2 2"},
      {2, "sum(x)", "6: 2 2 2, read 6: 2 2 2"},
      {2, "sum_over_time(x[5m])", "24: 8 8 8, read 14: 8 3 3"},
      {2, "sum_over_time(x[1m])", "6: 2 2 2, read 6: 2 2 2"},
      {2, "x + x", "12: 4 4 4, read 12: 4 4 4"},
      {2, "sum(x @ 10m) + x", "12: 4 4 4, read 8: 4 2 2"},
      {2, "sum_over_time(x[3m] @ 600)", "15: 5 5 5, read 5: 5 0 0"},
      {2, "sum_over_time(x[4m:1m])", "24: 8 8 8, read 16: 8 4 4"},
      {2, "sum_over_time(x[1m:30s])", "12: 4 4 4, read 12: 4 4 4"},
      {2, "sum_over_time(sum_over_time(x[2m])[4m:1m])", "24: 8 8 8, read 14: 8 3 3"},
      {2, "sum_over_time(x[4m:1m] offset 2m)", "24: 8 8 8, read 16: 8 4 4"},
      {2, "sum_over_time(x[4m:1m]) + max_over_time(x[4m:1m])", "48: 16 16 16, read 32: 16 8 8"},
      {2, "rate(x[5m]) / rate(x[5m])", "48: 16 16 16, read 28: 16 6 6"},
      {2, "sum_over_time(x[4m] offset 1m)", "18: 6 6 6, read 12: 6 3 3"},
      {2, "timestamp(x)", "6: 2 2 2, read 6: 2 2 2"},
      {2, "topk(1, x) + scalar(sum(x))", "12: 4 4 4, read 12: 4 4 4"},
      {2, "sum_over_time((x @ 600)[4m:1m])", "24: 8 8 8, read 2: 2 0 0"},
      {2, "1", "0: 0 0 0, read 0: 0 0 0"},
      {2, "vector(1)", "0: 0 0 0, read 0: 0 0 0"},
      {2, "increase(x[2m] anchored)", "33: 11 11 11, read 17: 11 3 3"},
      {2, "increase(x[2m] smoothed)", "54: 18 18 18, read 24: 18 3 3"},
      {2, "x smoothed", "0: 0 0 0, read 0: 0 0 0"},
      {5, "x", "6: 2 2 2, read 6: 2 2 2"},
      {5, "sum(x)", "6: 2 2 2, read 6: 2 2 2"},
      {5, "sum_over_time(x[5m])", "23: 8 7 8, read 23: 8 7 8"},
      {5, "sum_over_time(x[1m])", "5: 2 1 2, read 5: 2 1 2"},
      {5, "x + x", "12: 4 4 4, read 12: 4 4 4"},
      {5, "sum(x @ 10m) + x", "12: 4 4 4, read 8: 4 2 2"},
      {5, "sum_over_time(x[3m] @ 600)", "15: 5 5 5, read 5: 5 0 0"},
      {5, "sum_over_time(x[4m:1m])", "24: 8 8 8, read 24: 8 8 8"},
      {5, "sum_over_time(x[1m:30s])", "12: 4 4 4, read 12: 4 4 4"},
      {5, "sum_over_time(sum_over_time(x[2m])[4m:1m])", "24: 8 8 8, read 20: 8 6 6"},
      {5, "sum_over_time(x[4m:1m] offset 2m)", "24: 8 8 8, read 24: 8 8 8"},
      {5, "sum_over_time(x[4m:1m]) + max_over_time(x[4m:1m])", "48: 16 16 16, read 48: 16 16 16"},
      {0, "x", "2: 2, read 2: 2"},
      {0, "x[5m]", "8: 8, read 8: 8"},
      {0, "x[5m:1m]", "10: 10, read 10: 10"},
      {0, "sum_over_time(x[5m])", "8: 8, read 8: 8"},
      {0, "sum_over_time(x[5m:1m])", "10: 10, read 10: 10"},
      {0, "x[5m:1m] @ 600", "10: 10, read 10: 10"},
  };
  for (const Case& c : cases) {
    const QueryTimes times = {10 * kMinute, (10 + 2 * c.step_minutes) * kMinute, c.step_minutes * kMinute};
    EXPECT_EQ(Counts(c.query, times), c.counts) << c.query << " with a step of " << c.step_minutes;
  }
}

TEST_F(SampleTallyTest, WithoutStepsTheSumsAreTheSame) {
  const Engine engine(ScriptEngineOptions());
  const auto result =
      engine.Range(Context(), source_, "sum(x @ 600) + sum(sum_over_time(x[5m]))", {10 * kMinute, 14 * kMinute, 2 * kMinute});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->stats.samples, (SampleCounts{.queried = 3 * 2 + 24, .read = 2 + 14}));
  EXPECT_TRUE(result->stats.samples_by_step.empty());
}

TEST_F(SampleTallyTest, StepsOfASubqueryAreCountedWithinTheMemoryOfTheQuery) {
  EngineOptions options = ScriptEngineOptions();
  options.samples_max = 1'000'000'000;
  options.memory_bytes_max = 1 << 20;
  const Engine engine(options);
  const auto result = engine.Instant(Context(), source_, "count_over_time(none[7d:1ms])", 20 * kMinute, {.count_by_step = true});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted) << result.status();
}

}  // namespace
}  // namespace varve::promql
