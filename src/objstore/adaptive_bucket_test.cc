#include "objstore/adaptive_bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/errors.h"
#include "base/status_macros.h"
#include "objstore/bucket_errors.h"
#include "objstore/memory_bucket.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/faulty_bucket.h"

namespace varve {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr TimestampMs kStart = 1'700'000'000'000;

// The contract holds although a third of all requests fail, half of the failed writes having happened.
struct OverFaulty {
  FakeClock clock{kStart};
  MetricsRegistry registry;
  const Logger log{LogLevel::kError, LogFormat::kLogfmt, [](std::string_view) {}};
};
// After a delete whose fate is not known, an absent object is what was wanted; so here deletes do not fail.
class FaultyButForDeletes : public FaultyBucket {
 public:
  using FaultyBucket::FaultyBucket;
  absl::Status Delete(const Context& ctx, std::string_view name) override { return inner().Delete(ctx, name); }
};
std::unique_ptr<Bucket> NewAdaptiveOverFaulty() {
  static auto& world = *new OverFaulty;
  auto faulty = std::make_unique<FaultyButForDeletes>(NewMemoryBucket());
  faulty->Set({.seed = 3, .fail = 0.33});
  return NewAdaptiveBucket(std::move(faulty), {.attempts_max = 30}, world.registry, world.log, world.clock);
}
INSTANTIATE_TEST_SUITE_P(Adaptive, BucketContract, testing::Values(NewAdaptiveOverFaulty));

// A bucket whose next calls can be scripted.
class ScriptedBucket : public FaultyBucket {
 public:
  using FaultyBucket::FaultyBucket;
  absl::StatusOr<std::string> ReadAll(const Context& ctx, std::string_view name) override {
    ++reads;
    if (on_read) VARVE_RETURN_IF_ERROR(on_read(ctx, reads));
    return FaultyBucket::ReadAll(ctx, name);
  }
  absl::StatusOr<size_t> ReadAt(const Context& ctx, std::string_view name, uint64_t offset, std::span<std::byte> out) override {
    ++reads;
    if (on_read) VARVE_RETURN_IF_ERROR(on_read(ctx, reads));
    return FaultyBucket::ReadAt(ctx, name, offset, out);
  }
  absl::Status Iter(const Context& ctx, std::string_view directory, IterOptions options,
                    const std::function<absl::Status(const ObjectEntry&)>& visit) override {
    ++listings;
    int seen = 0;
    return FaultyBucket::Iter(ctx, directory, options, [&](const ObjectEntry& entry) -> absl::Status {
      if (++seen > break_listing_after) return Unavailable("the connection broke");
      return visit(entry);
    });
  }

  std::function<absl::Status(const Context&, int)> on_read;  // with the number of the read, from 1
  std::atomic<int> reads = 0;
  int break_listing_after = INT_MAX;
  int listings = 0;
};

class AdaptiveBucketTest : public testing::Test {
 protected:
  AdaptiveBucketTest() { tuning_.hedge = false; }

  void Open() {
    auto inner = std::make_unique<ScriptedBucket>(NewMemoryBucket());
    inner_ = inner.get();
    bucket_ = NewAdaptiveBucket(std::move(inner), tuning_, registry_, log_, clock_);
    ASSERT_TRUE(inner_->inner().Upload(Context(), "obj", AsBytes("@test-data@")).ok());
  }
  std::string Metrics() { return MetricsAsText(registry_); }

  FakeClock clock_{kStart};
  MetricsRegistry registry_;
  std::vector<std::string> lines_;
  const Logger log_{LogLevel::kWarn, LogFormat::kLogfmt, [this](std::string_view line) { lines_.emplace_back(line); }};
  BucketTuning tuning_;
  std::unique_ptr<Bucket> bucket_;
  ScriptedBucket* inner_ = nullptr;
};

TEST_F(AdaptiveBucketTest, RetriesWhatMayPassWithGrowingPauses) {
  Open();
  inner_->on_read = [](const Context&, int n) { return n < 6 ? Unavailable("500") : absl::OkStatus(); };
  EXPECT_EQ(*bucket_->ReadAll(Context(), "obj"), "@test-data@");
  EXPECT_EQ(inner_->reads, 6);
  EXPECT_GT(clock_.NowMs(), kStart);
  EXPECT_LE(clock_.NowMs(), kStart + 100 + 200 + 400 + 800 + 1'600);
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_retries_total{bucket=\"inmem\",reason=\"unavailable\"} 5\n"));
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_requests_total{bucket=\"inmem\",kind=\"get\"} 6\n"));
}

TEST_F(AdaptiveBucketTest, DoesNotRetryWhatWillNotPass) {
  Open();
  for (const absl::Status& status : {PermissionDenied("no"), NotFound("no"), InvalidArgument("no"), FailedPrecondition("no"),
                                     Aborted("crashed"), DataLoss("no")}) {
    inner_->reads = 0;
    inner_->on_read = [&status](const Context&, int) { return status; };
    EXPECT_EQ(bucket_->ReadAll(Context(), "obj").status(), status);
    EXPECT_EQ(inner_->reads, 1);
  }
}

TEST_F(AdaptiveBucketTest, SaysHowOftenItHasTried) {
  Open();
  inner_->on_read = [](const Context&, int) { return Unavailable("out of order"); };
  const absl::Status status = bucket_->ReadAll(Context(), "obj").status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("gave up after 8 tries"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("out of order"));
  EXPECT_EQ(inner_->reads, 8);
}

TEST_F(AdaptiveBucketTest, TellsTheLogOnceAMinute) {
  tuning_.backoff_max = milliseconds(10);
  tuning_.retries.capacity = 1'000;
  Open();
  inner_->on_read = [](const Context&, int) { return Unavailable("cannot connect to nowhere:1"); };
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(bucket_->ReadAll(Context(), "obj").ok());
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0], HasSubstr("cannot connect to nowhere:1"));
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_FALSE(bucket_->ReadAll(Context(), "obj").ok());
  EXPECT_EQ(lines_.size(), 2u);
}

TEST_F(AdaptiveBucketTest, HonoursRetryAfterUnlessTheDeadlineIsSooner) {
  Open();
  inner_->on_read = [](const Context&, int n) {
    return n % 2 == 1 ? WithRetryAfter(Unavailable("SlowDown"), milliseconds(20'000)) : absl::OkStatus();
  };
  EXPECT_TRUE(bucket_->ReadAll(Context(), "obj").ok());
  EXPECT_GE(clock_.NowMs(), kStart + 20'000);
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_throttled_total{bucket=\"inmem\"} 1\n"));

  const absl::Status status = bucket_->ReadAll(Context().WithTimeout(std::chrono::seconds(10)), "obj").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("deadline leaves no time"));
}

TEST_F(AdaptiveBucketTest, ATryThatHangsIsEndedAndRepeated) {
  tuning_.request_timeout = milliseconds(1);
  Open();
  inner_->on_read = [](const Context& ctx, int n) {
    while (n == 1 && ctx.Check().ok()) std::this_thread::yield();
    return n == 1 ? ctx.Check() : absl::OkStatus();
  };
  EXPECT_TRUE(bucket_->ReadAll(Context(), "obj").ok());
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_retries_total{bucket=\"inmem\",reason=\"timeout\"} 1\n"));
}

TEST_F(AdaptiveBucketTest, TheCallersEndIsNotAFailureOfTheBucket) {
  Open();
  std::stop_source stop;
  inner_->on_read = [&stop](const Context& ctx, int) {
    stop.request_stop();
    return ctx.Check();
  };
  EXPECT_TRUE(absl::IsCancelled(bucket_->ReadAll(Context().WithStop(stop.get_token()), "obj").status()));
  EXPECT_EQ(inner_->reads, 1);
}

TEST_F(AdaptiveBucketTest, ADeadBucketIsNotHammered) {
  tuning_.retries = {.capacity = 10, .per_answer = 1, .per_second = 0};
  Open();
  inner_->on_read = [](const Context&, int) { return Unavailable("dead"); };
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(bucket_->ReadAll(Context(), "obj").ok());
  EXPECT_EQ(inner_->reads, 50 + 10);
  EXPECT_THAT(std::string(bucket_->ReadAll(Context(), "obj").status().message()),
              HasSubstr("too many requests to the bucket fail"));
}

TEST_F(AdaptiveBucketTest, BackgroundWorkWaitsForTheRetryBudget) {
  tuning_.retries = {.capacity = 1, .per_answer = 0, .per_second = 0.1};
  Open();
  inner_->on_read = [](const Context&, int n) { return n < 4 ? Unavailable("500") : absl::OkStatus(); };
  EXPECT_TRUE(bucket_->ReadAll(Context().WithPriority(Priority::kBackground), "obj").ok());
  EXPECT_GE(clock_.NowMs(), kStart + 19'000);
}

TEST_F(AdaptiveBucketTest, AReadThatEndsEarlyIsRepeatedAndOneAtTheEndIsNot) {
  Open();
  std::string content(100'000, 'x');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 26);
  ASSERT_TRUE(inner_->inner().Upload(Context(), "large", AsBytes(content)).ok());
  inner_->Set({.seed = 5, .truncate = 0.5});
  std::string out(1'000, '?');
  for (uint64_t offset = 0; offset < 110'000; offset += 999) {
    const auto got = bucket_->ReadAt(Context(), "large", offset, std::as_writable_bytes(std::span(out)));
    ASSERT_TRUE(got.ok()) << got.status();
    const std::string expected = offset < content.size() ? content.substr(offset, 1'000) : "";
    EXPECT_EQ(out.substr(0, *got), expected);
  }
  EXPECT_THAT(Metrics(), Not(HasSubstr("varve_bucket_short_reads_total{bucket=\"inmem\"} 0\n")));
  EXPECT_THAT(Metrics(), HasSubstr("kind=\"head\"} "));
}

TEST_F(AdaptiveBucketTest, TheSizeIsAskedForOnce) {
  Open();
  std::string out(1'000, '?');
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(*bucket_->ReadAt(Context(), "obj", 1, std::as_writable_bytes(std::span(out))), 10u);
  }
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_requests_total{bucket=\"inmem\",kind=\"head\"} 1\n"));
  ASSERT_TRUE(bucket_->Upload(Context(), "obj", AsBytes("12")).ok());
  EXPECT_EQ(*bucket_->ReadAt(Context(), "obj", 0, std::as_writable_bytes(std::span(out))), 2u);
}

TEST_F(AdaptiveBucketTest, AListingGoesOnWhereItBroke) {
  Open();
  ASSERT_TRUE(bucket_->Delete(Context(), "obj").ok());
  std::vector<std::string> names, expected;
  for (int i = 0; i < 50; ++i) {
    expected.push_back(fmt::format("{:03}", i));
    ASSERT_TRUE(inner_->inner().Upload(Context(), expected.back(), AsBytes("x")).ok());
  }
  inner_->break_listing_after = 30;  // a memory bucket takes no hint where to start
  const auto visit = [&](const ObjectEntry& entry) {
    names.push_back(entry.name);
    if (names.size() == 30) inner_->break_listing_after = INT_MAX;
    return absl::OkStatus();
  };
  ASSERT_TRUE(bucket_->Iter(Context(), "", {}, visit).ok());
  EXPECT_EQ(names, expected);
}

TEST_F(AdaptiveBucketTest, AnErrorOfTheVisitorIsNotRetried) {
  Open();
  const absl::Status enough = Unavailable("the visitor has enough");
  EXPECT_EQ(bucket_->Iter(Context(), "", {}, [&](const ObjectEntry&) { return enough; }), enough);
  EXPECT_EQ(inner_->listings, 1);
}

TEST_F(AdaptiveBucketTest, ARepeatedDeleteThatFindsNothingHasSucceeded) {
  Open();
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    ASSERT_TRUE(inner_->inner().Upload(Context(), "gone", AsBytes("x")).ok());
    inner_->Set({.seed = seed, .fail = 0.5});
    EXPECT_TRUE(bucket_->Delete(Context(), "gone").ok()) << seed;
    inner_->Set({});
    EXPECT_TRUE(absl::IsNotFound(bucket_->Delete(Context(), "gone")));
  }
}

TEST_F(AdaptiveBucketTest, ASlowReadIsHedged) {
  tuning_.hedge = true;
  tuning_.hedge_samples_min = 1;
  tuning_.hedge_delay_min = milliseconds(0);
  Open();
  EXPECT_TRUE(bucket_->ReadAll(Context(), "obj").ok());  // from here on a quantile is known
  inner_->on_read = [](const Context& ctx, int n) {
    while (n == 2 && ctx.Check().ok()) std::this_thread::yield();
    return ctx.Check();
  };
  BucketUsage usage;
  EXPECT_EQ(*bucket_->ReadAll(Context().WithUsage(&usage), "obj"), "@test-data@");
  EXPECT_EQ(usage.totals().hedges, 1u);
  EXPECT_EQ(usage.totals().all_requests(), 2u);
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_hedges_won_total{bucket=\"inmem\"} 1\n"));
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_requests_total{bucket=\"inmem\",kind=\"get\"} 3\n"));
}

TEST_F(AdaptiveBucketTest, CountsRequestsBytesAndDollars) {
  tuning_.prices = BucketPrices();
  tuning_.prices.read_per_gib = 1024;
  Open();
  BucketUsage usage;
  const Context ctx = Context().WithUsage(&usage);
  ASSERT_TRUE(bucket_->Upload(ctx, "a", AsBytes("1234")).ok());
  ASSERT_TRUE(bucket_->ReadAll(ctx, "a").ok());
  ASSERT_TRUE(bucket_->Exists(ctx, "a").ok());
  ASSERT_TRUE(bucket_->Iter(ctx, "", {}, [](const ObjectEntry&) { return absl::OkStatus(); }).ok());
  ASSERT_TRUE(bucket_->Delete(ctx, "a").ok());
  const BucketUsage::Totals totals = usage.totals();
  EXPECT_THAT(totals.requests, ElementsAre(1, 1, 1, 1, 1));
  EXPECT_EQ(totals.bytes_read, 4u);
  EXPECT_EQ(totals.bytes_written, 4u);
  EXPECT_EQ(totals.nanodollars, 5'000u + 400 + 400 + 5'000 + 3'815);
  EXPECT_THAT(Metrics(), HasSubstr("varve_bucket_cost_dollars_total{bucket=\"inmem\"} 1.46"));
}

TEST_F(AdaptiveBucketTest, ManyCallersOfAFailingBucketAllEnd) {
  tuning_ = BucketTuning();
  tuning_.hedge_samples_min = 1;
  tuning_.concurrency = {.initial = 2, .min = 2, .max = 4};
  Open();
  inner_->Set({.seed = 9, .fail = 0.5, .truncate = 0.2});
  std::atomic<int> right = 0, wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          std::string out(4, '?');
          const auto got = bucket_->ReadAt(Context(), "obj", 1, std::as_writable_bytes(std::span(out)));
          if (got.ok()) ++(out == "test" ? right : wrong);
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(right, 200);
}

TEST(BucketTuningTest, ReadsBothKeys) {
  const auto yaml = YamlNode::Parse(
      "varve: {requests_per_second: 50, burst: 7, concurrency_max: 9, attempts_max: 3, request_timeout: 5s, prices: "
      "{get_per_1000: 1}}\n"
      "hedging_config: {enabled: true, up_to: 4, quantile: 0.5}\n");
  const auto tuning = ParseBucketTuning("S3", yaml->Find("varve"), yaml->Find("hedging_config"));
  ASSERT_TRUE(tuning.ok()) << tuning.status();
  EXPECT_EQ(tuning->rate.per_second, 50);
  EXPECT_EQ(tuning->rate.burst, 7);
  EXPECT_EQ(tuning->concurrency.max, 9);
  EXPECT_EQ(tuning->attempts_max, 3);
  EXPECT_EQ(tuning->request_timeout, std::chrono::seconds(5));
  EXPECT_EQ(tuning->prices.NanodollarsOf(BucketRequest::kGet), 1'000'000u);
  EXPECT_EQ(tuning->prices.NanodollarsOf(BucketRequest::kPut), 5'000u);
  EXPECT_TRUE(tuning->hedge);
  EXPECT_EQ(tuning->hedging.up_to, 4);
  EXPECT_EQ(tuning->hedge_quantile, 0.5);

  EXPECT_TRUE(ParseBucketTuning("S3", nullptr, nullptr)->hedge);
  EXPECT_FALSE(ParseBucketTuning("FILESYSTEM", nullptr, nullptr)->hedge);
  EXPECT_EQ(ParseBucketTuning("FILESYSTEM", nullptr, nullptr)->prices.NanodollarsOf(BucketRequest::kGet), 0u);
}

TEST(BucketTuningTest, RefusesWhatMakesNoSense) {
  for (const char* text : {"varve: {request_per_second: 1}", "varve: {requests_per_second: -1}", "varve: {concurrency_max: 0}",
                           "varve: {attempts_max: 0}", "varve: {request_timeout: 0s}", "varve: {prices: {get: 1}}",
                           "varve: {prices: {get_per_1000: -1}}", "hedging_config: {quantile: 2}", "hedging_config: {up: 2}"}) {
    const auto yaml = YamlNode::Parse(text);
    const auto tuning = ParseBucketTuning("S3", yaml->Find("varve"), yaml->Find("hedging_config"));
    EXPECT_TRUE(absl::IsInvalidArgument(tuning.status())) << text;
  }
}

}  // namespace
}  // namespace varve
