#include "runtime/memory_guard.h"

#include <gtest/gtest.h>

namespace varve {
namespace {

// Holds what it can do without.
class Cache : public MemoryReclaimer {
 public:
  Cache(MemoryBudget& budget, int64_t bytes) : budget_(budget), held_(bytes) {
    EXPECT_TRUE(budget.TryReserve(bytes));
    budget.AddReclaimer(this);
  }
  ~Cache() override {
    budget_.RemoveReclaimer(this);
    budget_.Release(held_);
  }
  int64_t reclaimable_bytes() const override { return held_; }
  int64_t Reclaim(int64_t bytes) override {
    const int64_t given = std::min(bytes, held_);
    held_ -= given;
    budget_.Release(given);
    return given;
  }

 private:
  MemoryBudget& budget_;
  int64_t held_;
};

TEST(MemoryBudgetTest, CachesGiveWayBeforeAReserveFails) {
  MemoryBudget budget("store", 1000);
  Cache first(budget, 300), second(budget, 300);
  MemoryReservation query(&budget);
  EXPECT_EQ(budget.room(), 1000);
  EXPECT_TRUE(query.Grow(600).ok());
  EXPECT_EQ(first.reclaimable_bytes(), 100);
  EXPECT_EQ(second.reclaimable_bytes(), 300);
  EXPECT_FALSE(budget.TryReserve(1));
  EXPECT_EQ(first.reclaimable_bytes(), 100);
  EXPECT_TRUE(query.Grow(400).ok());
  EXPECT_EQ(budget.room(), 0);
  const absl::Status full = query.Grow(1);
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_TRUE(full.GetPayload(kOwnLimitPayload).has_value());
}

void LookForLong(MemoryGuard& guard) {
  for (int round = 0; round < 1000; ++round) guard.Look();
}

TEST(MemoryGuardTest, ChargesWhatNobodyReserved) {
  MemoryBudget budget("store", 1000);
  int64_t resident = 500;
  {
    MemoryGuard guard(budget, [&resident] { return resident; });
    guard.Look();
    EXPECT_EQ(budget.used(), 500);
    MemoryReservation query(&budget);
    EXPECT_TRUE(query.Grow(200).ok());
    LookForLong(guard);  // the query's are among the 500
    EXPECT_EQ(budget.used(), 500);
    resident = 900;
    guard.Look();
    EXPECT_EQ(budget.used(), 900);
    EXPECT_TRUE(absl::IsResourceExhausted(query.Grow(101)));
    resident = 100;
    guard.Look();
    EXPECT_GT(budget.used(), 800) << "what went may come again";
    LookForLong(guard);
    EXPECT_EQ(budget.used(), 200);
  }
  EXPECT_EQ(budget.used(), 0);
}

TEST(MemoryGuardTest, CachesGiveWayToWhatNobodyReserved) {
  MemoryBudget budget("store", 1000);
  Cache cache(budget, 600);
  MemoryGuard guard(budget, [] { return 1200; });
  guard.Look();
  EXPECT_LE(cache.reclaimable_bytes(), 400);
}

TEST(MemoryGuardTest, KnowsThisProcess) { EXPECT_GT(NewResidentMeter()(), 100'000); }

}  // namespace
}  // namespace varve
