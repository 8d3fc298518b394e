#include "runtime/memory_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve {
namespace {

TEST(MemoryMetricsTest, SaysWhatTheBudgetHoldsAndRefused) {
  MetricsRegistry registry;
  MemoryBudget budget("store", 1000);
  MemoryMetrics metrics(registry, "store", budget);
  ASSERT_TRUE(budget.Reserve(700).ok());
  budget.Release(100);
  EXPECT_FALSE(budget.Reserve(500).ok());
  {
    MemoryBudget query("query", 10, &budget);
    EXPECT_FALSE(query.Reserve(11).ok());
  }
  metrics.Look();
  metrics.Look();
  const std::string text = MetricsAsText(registry);
  for (const char* line :
       {"varve_memory_limit_bytes{budget=\"store\"} 1000\n", "varve_memory_used_bytes{budget=\"store\"} 600\n",
        "varve_memory_peak_bytes{budget=\"store\"} 700\n", "varve_memory_refusals_total{budget=\"store\"} 2\n"}) {
    EXPECT_THAT(text, testing::HasSubstr(line));
  }
}

}  // namespace
}  // namespace varve
