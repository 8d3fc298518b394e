#include "objstore/cache/memory_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace varve {
namespace {

using std::chrono::hours;

class MemoryCacheTest : public testing::Test {
 protected:
  static std::string Key(int i) { return fmt::format("key-{}", i); }
  static Blob Value(char c, size_t size = 1000) { return Blob::Copy(std::string(size, c)); }

  MetricsRegistry registry_;
  FakeClock clock_{1000};
};

TEST_F(MemoryCacheTest, AnswersInTheOrderOfTheKeys) {
  MemoryCache cache(MemoryCacheOptions(), MemoryCacheMetrics(registry_, "cache_"), clock_);
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) {
    keys.push_back(Key(i));
    if (i % 3 != 0) cache.Put(Key(i), Blob::Copy(Key(i)), hours(1));
  }
  const std::vector<Blob> found = cache.Get(Context(), keys);
  for (int i = 0; i < 500; ++i) EXPECT_EQ(found[static_cast<size_t>(i)].text(), i % 3 == 0 ? "" : Key(i));
}

TEST_F(MemoryCacheTest, TheNewestValueCountsUntilItsTimeIsUp) {
  MemoryCache cache(MemoryCacheOptions(), MemoryCacheMetrics(registry_, "cache_"), clock_);
  cache.Put("a", Blob::Copy("old"), hours(5));
  cache.Put("a", Blob::Copy("new"), hours(1));
  EXPECT_EQ(cache.GetOne(Context(), "a").text(), "new");
  cache.Put("b", Blob::Copy("b"), hours(5));
  cache.Put("b", Blob(), hours(5));
  EXPECT_TRUE(cache.GetOne(Context(), "b").empty());
  clock_.Advance(hours(1));
  EXPECT_TRUE(cache.GetOne(Context(), "a").empty());
  EXPECT_EQ(cache.held_bytes(), 0);
}

TEST_F(MemoryCacheTest, StaysBelowItsLimitAndForgetsWhatWasNotUsed) {
  MemoryCache cache({.bytes_max = 200'000, .item_bytes_max = 50'000}, MemoryCacheMetrics(registry_, "cache_"), clock_);
  for (int i = 0; i < 2000; ++i) {
    cache.Put(Key(i), Value('x'), hours(1));
    EXPECT_FALSE(cache.GetOne(Context(), Key(0)).empty()) << i;
    ASSERT_LE(cache.held_bytes(), 200'000);
  }
  EXPECT_GT(cache.held_bytes(), 150'000);
  EXPECT_FALSE(cache.GetOne(Context(), Key(1999)).empty());
  EXPECT_TRUE(cache.GetOne(Context(), Key(1)).empty());
  cache.Put("large", Value('x', 50'001), hours(1));
  EXPECT_TRUE(cache.GetOne(Context(), "large").empty());
  EXPECT_THAT(MetricsAsText(registry_), testing::HasSubstr("cache_items_overflowed_total 1\n"));
}

TEST_F(MemoryCacheTest, AValueOutlivesItsPlaceInTheCache) {
  MemoryCache cache({.bytes_max = 3000}, MemoryCacheMetrics(registry_, "cache_"), clock_);
  cache.Put("a", Value('a'), hours(1));
  const Blob held = cache.GetOne(Context(), "a");
  for (int i = 0; i < 10; ++i) cache.Put(Key(i), Value('b'), hours(1));
  EXPECT_TRUE(cache.GetOne(Context(), "a").empty());
  EXPECT_EQ(held.text(), std::string(1000, 'a'));
}

TEST_F(MemoryCacheTest, GivesWayToQueries) {
  MemoryBudget budget("store", 100'000);
  {
    MemoryCache cache({.budget = &budget}, MemoryCacheMetrics(registry_, "cache_"), clock_);
    for (int i = 0; i < 500; ++i) cache.Put(Key(i), Value('x'), hours(1));
    EXPECT_GT(budget.used(), 90'000);
    EXPECT_GE(budget.room(), 99'000);
    MemoryReservation query(&budget);
    ASSERT_TRUE(query.Grow(80'000).ok());
    EXPECT_LE(cache.held_bytes(), 20'000);
    EXPECT_FALSE(cache.GetOne(Context(), Key(499)).empty());
    EXPECT_TRUE(absl::IsResourceExhausted(query.Grow(20'001)));
    for (int i = 0; i < 500; ++i) cache.Put(Key(i), Value('x'), hours(1));  // takes no more than is left
    EXPECT_LE(budget.used(), 100'000);
  }
  EXPECT_EQ(budget.used(), 0);
}

TEST_F(MemoryCacheTest, SharedByThreads) {
  MemoryBudget budget("store", 300'000);
  MemoryCache cache({.budget = &budget}, MemoryCacheMetrics(registry_, "cache_"), clock_);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) {
        const std::string key = Key((i * 7 + t) % 400);
        cache.Put(key, Blob::Copy(key + std::string(900, '.')), hours(1));
        const Blob found = cache.GetOne(Context(), key);
        EXPECT_TRUE(found.empty() || found.text().starts_with(key + "."));
        MemoryReservation query(&budget);
        EXPECT_TRUE(query.Grow(1000 * (i % 50)).ok());
      }
    });
  }
}

}  // namespace
}  // namespace varve
