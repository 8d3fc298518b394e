#include "objstore/adaptive/request_rate.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace varve {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimestampMs kStart = 1'700'000'000'000;

// A server that takes `per_second` requests, one in `burst` at once, and refuses the others.
class ThrottlingServer {
 public:
  ThrottlingServer(double per_second, double burst, TimestampMs now)
      : per_second_(per_second), burst_(burst), tokens_(burst), last_(now) {}
  bool Takes(TimestampMs now) {
    tokens_ = std::min(burst_, tokens_ + per_second_ * static_cast<double>(now - last_) / 1'000);
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const double per_second_, burst_;
  double tokens_;
  TimestampMs last_;
};

struct Answers {
  int taken = 0, refused = 0;
};

// One caller after another, each request taking a millisecond, for as long as `duration`.
template <typename Takes>
Answers Load(RequestRate& rate, FakeClock& clock, milliseconds duration, Takes takes) {
  Answers answers;
  const TimestampMs end = clock.NowMs() + duration.count();
  while (clock.NowMs() < end) {
    EXPECT_TRUE(rate.Acquire(Context()).ok());
    clock.Advance(milliseconds(1));
    if (takes(clock.NowMs())) {
      ++answers.taken;
      rate.OnAnswered();
    } else {
      ++answers.refused;
      rate.OnThrottled(std::nullopt);
    }
  }
  return answers;
}

TEST(RequestRateTest, WithoutABudgetNobodyWaits) {
  FakeClock clock(kStart);
  RequestRate rate({}, clock);
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(rate.Acquire(Context()).ok());
  EXPECT_EQ(clock.NowMs(), kStart);
  EXPECT_EQ(rate.limit(), 0);
}

TEST(RequestRateTest, ABudgetIsKeptAfterItsBurst) {
  FakeClock clock(kStart);
  RequestRate rate({.per_second = 10, .burst = 5}, clock);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(rate.TryAcquire());
  EXPECT_FALSE(rate.TryAcquire());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(rate.Acquire(Context()).ok());
  EXPECT_GE(clock.NowMs() - kStart, 9'900);
  EXPECT_LE(clock.NowMs() - kStart, 10'200);
}

TEST(RequestRateTest, AQuietTimeSavesNoMoreThanTheBurst) {
  FakeClock clock(kStart);
  RequestRate rate({.per_second = 10, .burst = 5}, clock);
  EXPECT_TRUE(rate.TryAcquire());
  clock.Advance(seconds(3'600));
  int at_once = 0;
  while (rate.TryAcquire()) ++at_once;
  EXPECT_EQ(at_once, 5);
}

TEST(RequestRateTest, FindsOutWhatAThrottlingServerTakes) {
  FakeClock clock(kStart);
  RequestRate rate({}, clock);
  ThrottlingServer server(100, 100, kStart);
  const Answers answers = Load(rate, clock, seconds(60), [&](TimestampMs now) { return server.Takes(now); });
  EXPECT_GE(answers.taken, 5'400);  // of 6,100
  EXPECT_LE(answers.refused, answers.taken / 10);
}

TEST(RequestRateTest, ForgetsTheLimitOnceTheServerTakesMore) {
  FakeClock clock(kStart);
  RequestRate rate({}, clock);
  ThrottlingServer server(100, 100, kStart);
  Load(rate, clock, seconds(10), [&](TimestampMs now) { return server.Takes(now); });
  ASSERT_GT(rate.limit(), 0);
  Load(rate, clock, seconds(120), [](TimestampMs) { return true; });
  EXPECT_EQ(rate.limit(), 0);
}

TEST(RequestRateTest, RefusalsThatAreNoRateLimitDoNotStrangle) {
  FakeClock clock(kStart);
  RequestRate rate({}, clock);
  std::mt19937 random(1);
  const Answers answers = Load(rate, clock, seconds(120), [&](TimestampMs) { return random() % 2 == 0; });
  EXPECT_GE(answers.taken, 30'000);  // of 60,000
}

TEST(RequestRateTest, AServerThatRefusesEverythingIsAskedRarely) {
  FakeClock clock(kStart);
  RequestRate rate({}, clock);
  const Answers answers = Load(rate, clock, seconds(60), [](TimestampMs) { return false; });
  EXPECT_LE(answers.refused, 1'000);
}

TEST(RequestRateTest, RetryAfterSilencesEverybody) {
  FakeClock clock(kStart);
  RequestRate rate({}, clock);
  rate.OnThrottled(seconds(7));
  EXPECT_FALSE(rate.TryAcquire());
  EXPECT_TRUE(rate.Acquire(Context()).ok());
  EXPECT_GE(clock.NowMs() - kStart, 7'000);
  rate.OnThrottled(std::chrono::hours(10));  // no server may silence us for so long
  EXPECT_TRUE(rate.Acquire(Context()).ok());
  EXPECT_LE(clock.NowMs() - kStart, 7'000 + 61'000);
}

TEST(RequestRateTest, AWaiterEndsWithItsContext) {
  RequestRate rate({}, SystemClock());
  rate.OnThrottled(std::chrono::minutes(1));
  std::stop_source stop;
  const Context ctx = Context().WithStop(stop.get_token());
  absl::Status statuses[8];
  {
    std::vector<std::jthread> threads;
    for (absl::Status& status : statuses) threads.emplace_back([&] { status = rate.Acquire(ctx); });
    while (rate.waiting() < 8) std::this_thread::yield();
    stop.request_stop();
  }
  for (const absl::Status& status : statuses) EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_EQ(rate.waiting(), 0);
  EXPECT_TRUE(absl::IsDeadlineExceeded(rate.Acquire(Context().WithTimeout(milliseconds(1)))));
}

TEST(RequestRateTest, ManyThreadsShareTheBudget) {
  FakeClock clock(kStart);
  RequestRate rate({.per_second = 100, .burst = 1}, clock);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        const Context ctx = Context().WithPriority(t % 2 == 0 ? Priority::kQuery : Priority::kBackground);
        for (int i = 0; i < 50; ++i) EXPECT_TRUE(rate.Acquire(ctx).ok());
      });
    }
  }
  EXPECT_GE(clock.NowMs() - kStart, 3'990);
  EXPECT_EQ(rate.waiting(), 0);
}

TEST(WaiterQueueTest, QueriesGoFirstButNobodyStarves) {
  WaiterQueue queue;
  WaiterQueue::Waiter background(Priority::kBackground), first(Priority::kQuery), second(Priority::kQuery);
  queue.Add(background, 0);
  queue.Add(first, 1);
  queue.Add(second, 2);
  EXPECT_EQ(queue.size(), 3u);
  queue.GrantNext(3);
  EXPECT_TRUE(first.granted);
  queue.GrantNext(WaiterQueue::kPatience.count());
  EXPECT_TRUE(background.granted);
  EXPECT_FALSE(second.granted);
  queue.Remove(second);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace varve
