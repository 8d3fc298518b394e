#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/errors.h"
#include "runtime/background_task.h"
#include "runtime/bucket_usage.h"
#include "runtime/clock.h"
#include "runtime/executor.h"
#include "runtime/files.h"
#include "runtime/log.h"
#include "runtime/memory_budget.h"
#include "runtime/metrics.h"
#include "runtime/periodic_task.h"

namespace varve {
namespace {

using testing::HasSubstr;

TEST(ContextTest, CarriesAccountAndPriorityIntoScopes) {
  BucketUsage usage;
  const Context ctx = Context().WithUsage(&usage).WithPriority(Priority::kBackground);
  const CancelScope scope(ctx.WithTimeout(std::chrono::hours(1)));
  EXPECT_EQ(scope.context().usage(), &usage);
  EXPECT_EQ(scope.context().priority(), Priority::kBackground);
  EXPECT_EQ(Context().usage(), nullptr);
  EXPECT_EQ(Context().priority(), Priority::kQuery);
}

TEST(BucketUsageTest, AddsUp) {
  BucketUsage usage;
  usage.AddRequest(BucketRequest::kGet, 400);
  usage.AddRequest(BucketRequest::kList, 5'000);
  usage.AddRead(100, 7);
  usage.AddCacheHits(3, 50);
  BucketUsage::Totals totals = usage.totals();
  totals += usage.totals();
  EXPECT_EQ(totals.all_requests(), 4u);
  EXPECT_EQ(totals.requests[static_cast<size_t>(BucketRequest::kGet)], 2u);
  EXPECT_EQ(totals.bytes_read, 200u);
  EXPECT_EQ(totals.cache_hits, 6u);
  EXPECT_EQ(totals.cache_bytes, 100u);
  EXPECT_DOUBLE_EQ(totals.dollars(), 2 * 5'407e-9);
}

TEST(ContextTest, EndsWithItsParentDeadlineOrScope) {
  std::stop_source stop;
  const Context parent = Context().WithStop(stop.get_token());
  CancelScope scope(parent);
  CancelScope other(parent);
  EXPECT_TRUE(scope.context().Check().ok());
  other.Cancel();
  EXPECT_TRUE(absl::IsCancelled(other.context().Check()));
  EXPECT_TRUE(scope.context().Check().ok());
  stop.request_stop();
  EXPECT_TRUE(absl::IsCancelled(scope.context().Check()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(Context().WithTimeout(std::chrono::seconds(0)).Check()));
}

TEST(ClockTest, SleepEndsWhenTheCallerLeaves) {
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_TRUE(absl::IsCancelled(SystemClock().Sleep(Context().WithStop(stop.get_token()), std::chrono::hours(1))));
}

TEST(MemoryBudgetTest, ChargesTheParentAndRefusesWhenFull) {
  MemoryBudget process("process", 100);
  {
    MemoryBudget query("query", 60, &process);
    MemoryReservation held(&query);
    EXPECT_TRUE(held.Grow(50).ok());
    EXPECT_EQ(process.used(), 50);
    const absl::Status refused = held.Grow(20);
    EXPECT_TRUE(absl::IsResourceExhausted(refused));
    EXPECT_THAT(std::string(refused.message()), HasSubstr("query"));
    EXPECT_EQ(process.used(), 50);
    EXPECT_TRUE(held.Resize(10).ok());
    EXPECT_EQ(query.used(), 10);
    EXPECT_EQ(query.peak(), 50);
    MemoryBudget second("query", 0, &process);
    EXPECT_THAT(std::string(second.Reserve(91).message()), HasSubstr("process"));
  }
  EXPECT_EQ(process.used(), 0);
}

TEST(PeriodicTaskTest, RepeatsUntilStoppedAndInterruptsItsSleep) {
  std::atomic<int> rounds = 0;
  PeriodicTask quick("quick", SystemClock(), std::chrono::milliseconds(0), [&](const Context&) { ++rounds; });
  quick.Start();
  while (rounds < 3) std::this_thread::yield();
  quick.Stop();
  const int after_stop = rounds;
  PeriodicTask slow("slow", SystemClock(), std::chrono::hours(1), [&](const Context&) { ++rounds; });
  slow.Start();
  while (rounds == after_stop) std::this_thread::yield();
  slow.Stop();
  EXPECT_EQ(rounds, after_stop + 1);
}

TEST(TaskGroupTest, RunsAllAndReportsTheFirstError) {
  Executor pool("test", 2);
  std::atomic<int> ran = 0;
  TaskGroup group(Context(), pool, {.parallel_max = 2});
  for (int i = 0; i < 100; ++i) {
    group.Run([&ran](const Context&) {
      ++ran;
      return absl::OkStatus();
    });
  }
  EXPECT_TRUE(group.Wait().ok());
  EXPECT_EQ(ran, 100);

  TaskGroup failing(Context(), pool);
  failing.Run([](const Context&) { return InvalidArgument("first"); });
  failing.Run([](const Context& ctx) {
    while (!ctx.stopped()) std::this_thread::yield();
    return absl::OkStatus();
  });
  EXPECT_EQ(std::string(failing.Wait().message()), "first");
}

TEST(ExecutorTest, ThreadsHaveAllTheirCoresBackWhenTheyRun) {
  cpu_set_t all;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  std::atomic<int> ran = 0, restricted = 0;
  {
    Executor pool("test", 3);
    for (int round = 0; round < 50; ++round) {
      const int before = ran;
      for (int i = 0; i < 2; ++i) {
        pool.PostBeside([&] {
          cpu_set_t mine;
          restricted += sched_getaffinity(0, sizeof mine, &mine) != 0 || !CPU_EQUAL(&mine, &all) ? 1 : 0;
          ++ran;
        });
      }
      while (ran < before + 2) std::this_thread::yield();  // so that the next round finds threads that wait
    }
  }
  EXPECT_EQ(ran, 100);
  EXPECT_EQ(restricted, 0);
}

TEST(ExecutorTest, EveryTaskRunsThoughManyPostAtOnce) {
  std::atomic<int> ran = 0;
  {
    Executor pool("test", 4);
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([&pool, &ran, caller] {
        for (int i = 0; i < 1000; ++i) {
          if (caller % 2 == 0)
            pool.Post([&ran] { ++ran; });
          else
            pool.PostBeside([&ran] { ++ran; });
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_EQ(ran, 4000);
}

TEST(BackgroundTaskTest, RunsOnceWhoeverGetsToIt) {
  Executor pool("test", 1);
  std::atomic<int> ran = 0;
  for (int i = 0; i < 200; ++i) {
    BackgroundTask task(pool, [&ran] { ++ran; });
    task.Wait();
    EXPECT_EQ(ran, i + 1);
  }
}

TEST(BackgroundTaskTest, WaitingOnABusyExecutorRunsTheWorkAndDroppingLeavesItUnrun) {
  Executor pool("test", 1);
  std::atomic<bool> go_on = false;
  pool.Post([&go_on] {
    while (!go_on) std::this_thread::yield();
  });
  int ran = 0;
  BackgroundTask waited(pool, [&ran] { ++ran; });
  waited.Wait();
  {
    BackgroundTask dropped(pool, [&ran] { ran += 100; });
  }
  EXPECT_EQ(ran, 1);
  go_on = true;
}

TEST(TaskGroupTest, NestsOnASingleThread) {
  Executor pool("test", 1);
  std::atomic<int> ran = 0;
  TaskGroup outer(Context(), pool);
  for (int i = 0; i < 4; ++i) {
    outer.Run([&](const Context& ctx) {
      TaskGroup inner(ctx, pool);
      for (int j = 0; j < 4; ++j) inner.Run([&ran](const Context&) { return ++ran, absl::OkStatus(); });
      return inner.Wait();
    });
  }
  EXPECT_TRUE(outer.Wait().ok());
  EXPECT_EQ(ran, 16);
}

TEST(LogTest, WritesLogfmtAndJson) {
  std::string line;
  const Logger logger(LogLevel::kInfo, LogFormat::kLogfmt, [&](std::string_view text) { line = text; });
  logger.With({{"component", "store"}}).Warn("a message", {{"block", "x y"}, {"n", 3}, {"err", NotFound("gone")}});
  EXPECT_THAT(line, HasSubstr(" level=warn component=store msg=\"a message\" block=\"x y\" n=3 err=gone"));
  line.clear();
  logger.Debug("hidden");
  EXPECT_EQ(line, "");
  const Logger json(LogLevel::kInfo, LogFormat::kJson, [&](std::string_view text) { line = text; });
  json.Info("hi", {{"n", 1}});
  EXPECT_THAT(line, HasSubstr("\"level\":\"info\",\"msg\":\"hi\",\"n\":\"1\"}"));
}

TEST(FilesTest, LoadingWhatWasCutOffIsAnErrorNotASignal) {
  const std::string path = testing::TempDir() + "/files_test_cut_" + std::to_string(getpid());
  const std::string content(64 << 10, 'x');
  ASSERT_TRUE(RealFiles().WriteAtomically(path, AsBytes(content)).ok());
  const auto mapped = RealFiles().Map(path);
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  EXPECT_TRUE((*mapped)->Load(0, 10'000).ok());
  ASSERT_EQ(::truncate(path.c_str(), 4096), 0);
  EXPECT_TRUE((*mapped)->Load(100, 200).ok());
  const absl::Status status = (*mapped)->Load(40'000, 100);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  EXPECT_TRUE(RealFiles().Remove(path).ok());
}

TEST(FilesTest, WritesReadsMapsAndRemoves) {
  Files& files = RealFiles();
  const std::string root = JoinPath(testing::TempDir(), fmt::format("varve-files-{}", ::getpid()));
  ASSERT_TRUE(files.MakeDirectories(JoinPath(root, "a/b")).ok());
  const std::string path = JoinPath(root, "a/b/file");
  ASSERT_TRUE(files.WriteAtomically(path, AsBytes("hello")).ok());
  EXPECT_EQ(*files.ReadAll(path), "hello");
  const auto map = files.Map(path);
  ASSERT_TRUE(map.ok());
  ASSERT_TRUE(files.HardLink(path, path + "2").ok());
  EXPECT_EQ(files.List(JoinPath(root, "a/b"))->size(), 2u);
  ASSERT_TRUE(files.RemoveTree(root).ok());
  EXPECT_EQ(AsText((*map)->bytes()), "hello");
  EXPECT_TRUE(absl::IsNotFound(files.ReadAll(path).status()));
  EXPECT_THAT(std::string(files.Map(path).status().message()), HasSubstr(path));
}

TEST(MetricsTest, SameNameAndLabelsAreTheSameCounter) {
  MetricsRegistry registry;
  NewCounter(registry, "varve_test_total", "Help.").Increment();
  NewCounter(registry, "varve_test_total", "Help.").Increment();
  const std::string text = MetricsAsText(registry);
  EXPECT_THAT(text, HasSubstr("varve_test_total 2"));
  EXPECT_THAT(text, testing::ContainsRegex("process_resident_memory_bytes [1-9]"));
  EXPECT_THAT(text, testing::ContainsRegex("process_network_receive_bytes_total [0-9]"));
}

}  // namespace
}  // namespace varve
