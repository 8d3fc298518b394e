#include "objstore/adaptive/hedged_read.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/errors.h"
#include "objstore/adaptive/latency_model.h"
#include "objstore/adaptive/object_sizes.h"
#include "objstore/adaptive/retry_budget.h"

namespace varve {
namespace {

using std::chrono::milliseconds;

// Does not return before its context ends.
absl::Status Hang(const Context& ctx) {
  while (ctx.Check().ok()) std::this_thread::yield();
  return ctx.Check();
}

std::shared_ptr<void> Admitted() { return std::make_shared<int>(); }

constexpr std::chrono::hours kNever(1);
constexpr milliseconds kAtOnce(0);

TEST(HedgerTest, AFastReadHasNoBackup) {
  Hedger hedger({});
  const auto outcome = hedger.Run(
      Context(), kNever, [](const Context&) { return absl::OkStatus(); }, [](const Context&) { return std::string("other"); },
      Admitted);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_FALSE(outcome.backup.has_value());
  EXPECT_EQ(outcome.backups, 0);
}

TEST(HedgerTest, TheBackupOfAHangingReadWins) {
  Hedger hedger({});
  const auto outcome = hedger.Run(
      Context(), kAtOnce, Hang, [](const Context&) { return std::string("other"); }, Admitted);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.backup, "other");
  EXPECT_EQ(outcome.backups, 1);
}

TEST(HedgerTest, UpToSoManyTries) {
  Hedger hedger({.up_to = 3, .share_max = 2});
  std::atomic<int> calls = 0;
  const auto backup = [&calls](const Context& ctx) -> absl::StatusOr<std::string> {
    if (++calls < 2) return Hang(ctx);
    return std::string("second backup");
  };
  const auto outcome = hedger.Run(Context(), kAtOnce, Hang, backup, Admitted);
  EXPECT_EQ(outcome.backup, "second backup");
  EXPECT_EQ(outcome.backups, 2);
}

TEST(HedgerTest, AFailedReadWaitsForItsBackup) {
  Hedger hedger({});
  std::atomic<bool> begun = false, failed = false;
  const auto own = [&](const Context&) {
    while (!begun) std::this_thread::yield();
    failed = true;
    return Unavailable("broken");
  };
  const auto backup = [&](const Context&) -> absl::StatusOr<std::string> {
    begun = true;
    while (!failed) std::this_thread::yield();
    return std::string("saved");
  };
  const auto outcome = hedger.Run(Context(), kAtOnce, own, backup, Admitted);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.backup, "saved");
}

TEST(HedgerTest, WhenAllFailTheOwnFailureIsTheAnswer) {
  Hedger hedger({});
  std::atomic<bool> begun = false;
  const auto own = [&](const Context&) {
    while (!begun) std::this_thread::yield();
    return NotFound("own");
  };
  const auto backup = [&](const Context&) -> absl::StatusOr<std::string> {
    begun = true;
    return Unavailable("backup");
  };
  EXPECT_TRUE(absl::IsNotFound(hedger.Run(Context(), kAtOnce, own, backup, Admitted).status));
}

TEST(HedgerTest, ItsShareIsBounded) {
  Hedger hedger({.share_max = 0.1});
  std::atomic<int> backups = 0;
  const auto backup = [&backups](const Context&) {
    ++backups;
    return std::string("x");
  };
  const auto own = [&hedger](const Context& ctx) {
    const Context a_while = ctx.WithTimeout(milliseconds(2));
    Hang(a_while).IgnoreError();
    return absl::OkStatus();
  };
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(hedger.Run(Context(), kAtOnce, own, backup, Admitted).status.ok());
  EXPECT_LE(backups, 1 + 10);
}

TEST(HedgerTest, NotWithoutLeaveAndTheCallerMayGo) {
  Hedger hedger({});
  std::stop_source stop;
  std::atomic<int> asked = 0;
  std::jthread canceller([&] {
    while (asked == 0) std::this_thread::yield();
    stop.request_stop();
  });
  const auto refuse = [&asked]() -> std::shared_ptr<void> {
    ++asked;
    return nullptr;
  };
  const auto outcome = hedger.Run(
      Context().WithStop(stop.get_token()), kAtOnce, Hang, [](const Context&) { return std::string("x"); }, refuse);
  EXPECT_TRUE(absl::IsCancelled(outcome.status));
  EXPECT_EQ(outcome.backups, 0);
}

TEST(LatencyModelTest, LearnsQuantilesBySize) {
  LatencyModel model;
  EXPECT_FALSE(model.Quantile(BucketRequest::kGet, 10, 0.9, 50).has_value());
  EXPECT_EQ(model.Slowness(BucketRequest::kGet, 10, milliseconds(10)), 1);
  for (int i = 1; i <= 100; ++i) {
    model.Record(BucketRequest::kGet, 1'000, milliseconds(i));
    model.Record(BucketRequest::kGet, 4 << 20, milliseconds(10 * i));
  }
  const auto small = model.Quantile(BucketRequest::kGet, 1'000, 0.9, 50);
  ASSERT_TRUE(small.has_value());
  EXPECT_GE(*small, milliseconds(90));
  EXPECT_LE(*small, milliseconds(110));
  EXPECT_GE(*model.Quantile(BucketRequest::kGet, 5 << 20, 0.9, 50), milliseconds(900));
  EXPECT_FALSE(model.Quantile(BucketRequest::kHead, 0, 0.9, 50).has_value());
  EXPECT_NEAR(model.Slowness(BucketRequest::kGet, 1'000, milliseconds(200)), 4, 1);
}

TEST(LatencyModelTest, ForgetsOldTimes) {
  LatencyModel model;
  for (int i = 0; i < 5'000; ++i) model.Record(BucketRequest::kGet, 0, milliseconds(1'000));
  for (int i = 0; i < 5'000; ++i) model.Record(BucketRequest::kGet, 0, milliseconds(1));
  EXPECT_LE(*model.Quantile(BucketRequest::kGet, 0, 0.9, 50), milliseconds(2));
}

TEST(RetryBudgetTest, SpendsEarnsAndTrickles) {
  FakeClock clock(1'700'000'000'000);
  RetryBudget budget({.capacity = 3, .per_answer = 1, .per_second = 0.5}, clock);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.TrySpend());
  EXPECT_FALSE(budget.TrySpend());
  budget.OnAnswered();
  EXPECT_TRUE(budget.TrySpend());
  EXPECT_FALSE(budget.TrySpend());
  clock.Advance(std::chrono::seconds(2));
  EXPECT_TRUE(budget.TrySpend());
  EXPECT_FALSE(budget.TrySpend());
  for (int i = 0; i < 100; ++i) budget.OnAnswered();
  int spent = 0;
  while (budget.TrySpend()) ++spent;
  EXPECT_EQ(spent, 3);
}

TEST(ObjectSizesTest, KeepsTheLatest) {
  ObjectSizes sizes(2);
  sizes.Put("a", 1);
  sizes.Put("b", 2);
  sizes.Put("a", 3);
  sizes.Put("c", 4);
  EXPECT_EQ(sizes.Find("a"), 3u);
  EXPECT_FALSE(sizes.Find("b").has_value());
  EXPECT_EQ(sizes.Find("c"), 4u);
  sizes.Forget("a");
  EXPECT_FALSE(sizes.Find("a").has_value());
}

}  // namespace
}  // namespace varve
