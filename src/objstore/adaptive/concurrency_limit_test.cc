#include "objstore/adaptive/concurrency_limit.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace varve {
namespace {

using Outcome = ConcurrencyLimit::Outcome;
using Slot = ConcurrencyLimit::Slot;

class ConcurrencyLimitTest : public testing::Test {
 protected:
  // As many slots as there are.
  std::vector<Slot> Fill(ConcurrencyLimit& limit) {
    std::vector<Slot> slots;
    while (std::optional<Slot> slot = limit.TryEnter()) slots.push_back(*std::move(slot));
    return slots;
  }
  // A round of requests that fill the limit and all end the same way.
  void Round(ConcurrencyLimit& limit, Outcome outcome, double slowness = 1) {
    for (Slot& slot : Fill(limit)) slot.Release(outcome, slowness);
  }

  FakeClock clock_{1'700'000'000'000};
};

TEST_F(ConcurrencyLimitTest, GrowsFastUntilTheFirstTroubleThenOneARound) {
  ConcurrencyLimit limit({.initial = 4, .min = 2, .max = 100}, clock_);
  EXPECT_EQ(Fill(limit).size(), 4u);
  for (int i = 0; i < 16; ++i) {  // saturated: each answer makes room for one more
    std::vector<Slot> slots = Fill(limit);
    slots.front().Release(Outcome::kAnswered);
  }
  EXPECT_EQ(limit.limit(), 20);
  Round(limit, Outcome::kOverloaded);
  EXPECT_EQ(limit.limit(), 14);  // once, although twenty were in trouble
  for (int i = 0; i < 14; ++i) {
    std::vector<Slot> slots = Fill(limit);
    slots.front().Release(Outcome::kAnswered);
  }
  EXPECT_EQ(limit.limit(), 14 + 0);
  for (int i = 0; i < 2; ++i) {
    std::vector<Slot> slots = Fill(limit);
    slots.front().Release(Outcome::kAnswered);
  }
  EXPECT_EQ(limit.limit(), 15);
}

TEST_F(ConcurrencyLimitTest, StaysWithinItsBounds) {
  ConcurrencyLimit limit({.initial = 8, .min = 2, .max = 10}, clock_);
  for (int i = 0; i < 100; ++i) {
    std::vector<Slot> slots = Fill(limit);
    slots.front().Release(Outcome::kAnswered);
  }
  EXPECT_EQ(limit.limit(), 10);
  for (int i = 0; i < 100; ++i) Round(limit, Outcome::kOverloaded);
  EXPECT_EQ(limit.limit(), 2);
}

TEST_F(ConcurrencyLimitTest, DoesNotGrowUnlessItIsNeededNorForUnknownOutcomes) {
  ConcurrencyLimit limit({.initial = 8, .min = 2, .max = 100}, clock_);
  for (int i = 0; i < 100; ++i) limit.TryEnter()->Release(Outcome::kAnswered);
  EXPECT_EQ(limit.limit(), 8);
  for (int i = 0; i < 10; ++i) Round(limit, Outcome::kUnknown);
  EXPECT_EQ(limit.limit(), 8);
}

TEST_F(ConcurrencyLimitTest, SlownessStopsGrowthAndThenShrinks) {
  ConcurrencyLimit limit({.initial = 20, .min = 2, .max = 100}, clock_);
  Round(limit, Outcome::kAnswered, 3);
  const int at_rest = limit.limit();
  Round(limit, Outcome::kAnswered, 3);
  EXPECT_EQ(limit.limit(), at_rest);
  for (int i = 0; i < 5; ++i) Round(limit, Outcome::kAnswered, 10);
  EXPECT_LT(limit.limit(), at_rest);
}

TEST_F(ConcurrencyLimitTest, AWaiterGetsTheFreedSlotOrEndsWithItsContext) {
  ConcurrencyLimit limit({.initial = 2, .min = 2, .max = 2}, clock_);
  std::vector<Slot> slots = Fill(limit);
  std::stop_source stop;
  absl::Status cancelled, served;
  std::jthread first([&] { cancelled = limit.Enter(Context().WithStop(stop.get_token())).status(); });
  while (limit.waiting() < 1) std::this_thread::yield();
  std::jthread second([&] { served = limit.Enter(Context()).status(); });
  while (limit.waiting() < 2) std::this_thread::yield();
  EXPECT_FALSE(limit.TryEnter().has_value());
  stop.request_stop();
  first.join();
  slots.pop_back();
  second.join();
  EXPECT_TRUE(absl::IsCancelled(cancelled));
  EXPECT_TRUE(served.ok()) << served;
  EXPECT_EQ(limit.in_flight(), 1);
  EXPECT_TRUE(absl::IsDeadlineExceeded(limit.Enter(Context().WithTimeout(std::chrono::seconds(-1))).status()));
}

TEST_F(ConcurrencyLimitTest, NeverMoreThanTheLimitUnderContention) {
  ConcurrencyLimit limit({.initial = 3, .min = 3, .max = 3}, clock_);
  std::atomic<int> inside = 0, most = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          auto slot = limit.Enter(Context());
          ASSERT_TRUE(slot.ok());
          const int now = ++inside;
          int seen = most;
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          --inside;
          slot->Release(Outcome::kAnswered);
        }
      });
    }
  }
  EXPECT_LE(most, 3);
  EXPECT_EQ(limit.in_flight(), 0);
}

}  // namespace
}  // namespace varve
