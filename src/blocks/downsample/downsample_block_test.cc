#include "blocks/downsample/downsample_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "chunkenc/xor_encoder.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr TimestampMs kStart = 1'700'000'000'000 / kOneHourMs * kOneHourMs;
const Labels kSeries{{"__name__", "x"}};
const double kNan = std::numeric_limits<double>::quiet_NaN();

// One series of a block, aggregate by aggregate, all chunks joined.
struct Aggregates {
  std::map<Aggregate, SeriesSamples> of;
  std::vector<ChunkView> chunks;
  std::shared_ptr<const BlockReader> block;

  const FloatColumns& floats(Aggregate aggregate) { return of[aggregate].floats; }
  const HistogramColumns& histograms(Aggregate aggregate) { return of[aggregate].histograms; }
};

class DownsampleBlockTest : public testing::Test {
 protected:
  std::shared_ptr<const BlockReader> Open(const BlockMeta& meta) {
    auto block = BlockReader::Open(RealFiles(), directory_.path() + "/" + meta.id.ToString());
    EXPECT_TRUE(block.ok()) << block.status();
    return *block;
  }
  BlockMeta Write(const BlockBuilder& builder, TimestampMs end = kStart + 24 * kOneHourMs) {
    return builder.Write(directory_.path(),
                         {.range = BlockRange{kStart, end}, .thanos = ThanosMeta{.labels = {{"replica", "a"}}}});
  }
  std::vector<BlockMeta> Downsample(const BlockMeta& input, std::vector<int64_t> resolutions) {
    auto made = DownsampleBlock({}, RealFiles(), Open(input), resolutions, directory_.path());
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : std::vector<BlockMeta>();
  }
  Aggregates Read(const BlockMeta& meta, const Labels& labels = kSeries) {
    Aggregates result{.block = Open(meta)};
    const auto set = BlockReader::Select(result.block, {}, {}, {Matcher::Equal("__name__", labels.Get("__name__"))});
    EXPECT_TRUE(set->Next()) << set->status();
    result.chunks = set->At().chunks;
    for (const ChunkView& chunk : result.chunks) {
      EXPECT_TRUE(DecodeChunk(chunk.encoding, chunk.data, result.of[chunk.aggregate]).ok());
    }
    return result;
  }

  ScratchDirectory directory_;
};

TEST_F(DownsampleBlockTest, SaysWhatTheSamplesOfAWindowWere) {
  BlockBuilder builder;
  const std::vector<std::pair<int64_t, double>> samples = {
      {10'000, 5},   {100'000, 7},    {299'999, 6},  // a window, with a reset
      {300'000, 6},                                  // the first of the next one
      {920'000, -3}, {930'000, kNan}, {940'000, 1}};
  for (const auto& [offset, value] : samples) builder.Add(kSeries, kStart + offset, value);
  const std::vector<BlockMeta> made = Downsample(Write(builder), {kFiveMinutesMs});
  ASSERT_THAT(made, SizeIs(1));
  Aggregates got = Read(made[0]);
  EXPECT_THAT(got.floats(Aggregate::kCount).times, ElementsAre(kStart + 299'999, kStart + 599'999, kStart + 1'199'999));
  EXPECT_THAT(got.floats(Aggregate::kCount).values, ElementsAre(3, 1, 2));
  EXPECT_THAT(got.floats(Aggregate::kSum).values, ElementsAre(18, 6, -2));
  EXPECT_THAT(got.floats(Aggregate::kMin).values, ElementsAre(5, 6, -3));
  EXPECT_THAT(got.floats(Aggregate::kMax).values, ElementsAre(7, 6, 1));
  // The first sample, the totals (5, +2, reset: +6, +0), one more behind the gap (reset: -3), the last total (+4), the last value.
  EXPECT_THAT(got.floats(Aggregate::kCounter).times, ElementsAre(kStart + 10'000, kStart + 299'999, kStart + 599'999,
                                                                 kStart + 920'000, kStart + 1'199'999, kStart + 1'199'999));
  EXPECT_THAT(got.floats(Aggregate::kCounter).values, ElementsAre(5, 13, 13, 10, 14, 1));
}

TEST_F(DownsampleBlockTest, MakesABlockThatSaysWhereItIsFrom) {
  BlockBuilder builder;
  builder.Add(kSeries, kStart, 1.0);
  const BlockMeta raw = Write(builder);
  const std::vector<BlockMeta> made = Downsample(raw, {kFiveMinutesMs, kOneHourMs});
  ASSERT_THAT(made, SizeIs(2));
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(made[i].range, raw.range);
    EXPECT_EQ(made[i].compaction.sources, raw.compaction.sources);
    EXPECT_EQ(made[i].compaction.level, raw.compaction.level);
    EXPECT_EQ(made[i].thanos->labels, raw.thanos->labels);
    EXPECT_EQ(made[i].thanos->source, "compactor");
    EXPECT_EQ(made[i].thanos->resolution_ms, i == 0 ? kFiveMinutesMs : kOneHourMs);
    EXPECT_EQ(made[i].stats.series, 1u);
    EXPECT_NE(made[i].id, raw.id);
  }
}

TEST_F(DownsampleBlockTest, LeavesSeriesWithoutNumbersOut) {
  BlockBuilder builder;
  builder.Add(kSeries, kStart, 1.0);
  builder.Add(Labels{{"__name__", "gone"}}, kStart, StaleNan());
  const std::vector<BlockMeta> made = Downsample(Write(builder), {kFiveMinutesMs});
  ASSERT_THAT(made, SizeIs(1));
  EXPECT_EQ(made[0].stats.series, 1u);
}

TEST_F(DownsampleBlockTest, StampsNoWindowBeyondTheBlock) {
  BlockBuilder builder;
  builder.Add(kSeries, kStart + 250'000, 1.0);
  const std::vector<BlockMeta> made = Downsample(Write(builder, kStart + 260'000), {kFiveMinutesMs, kOneHourMs});
  ASSERT_THAT(made, SizeIs(2));
  for (const BlockMeta& meta : made) {
    EXPECT_THAT(Read(meta).floats(Aggregate::kCount).times, ElementsAre(kStart + 259'999));
  }
}

TEST_F(DownsampleBlockTest, RefusesAResolutionThatIsNotCoarser) {
  BlockBuilder builder;
  builder.Add(kSeries, kStart, 1.0);
  const std::vector<BlockMeta> made = Downsample(Write(builder), {kFiveMinutesMs});
  const auto refused = DownsampleBlock({}, RealFiles(), Open(made[0]), std::vector<int64_t>{kFiveMinutesMs}, directory_.path());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << refused.status();
}

// A random counter with gaps and resets. The windows of both resolutions have to say what adding up the samples says, and 1 h made
// from 5 m what 1 h made from raw samples says.
class RandomSeriesTest : public DownsampleBlockTest, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    std::mt19937_64 random(static_cast<uint64_t>(GetParam()));
    double value = 0;
    for (TimestampMs time = kStart + 1'234; time < kStart + 24 * kOneHourMs;) {
      samples_.Append(time, value);
      time += random() % 400 == 0 ? static_cast<int64_t>(random() % (3 * kOneHourMs))
                                  : 15'000 - 20 + static_cast<int64_t>(random() % 40);
      value = random() % 300 == 0 ? static_cast<double>(random() % 50) : value + static_cast<double>(random() % 1000) / 7;
    }
    BlockBuilder builder;
    for (size_t i = 0; i < samples_.size(); ++i) builder.Add(kSeries, samples_.times[i], samples_.values[i]);
    raw_ = Write(builder);
  }

  // What samples of [start, end] rose by since the sample before, and the rest of it.
  struct Expected {
    double count = 0, sum = 0, min = 1e300, max = -1e300, rise = 0;
  };
  Expected Expect(TimestampMs start, TimestampMs end) const {
    Expected expected;
    for (size_t i = 0; i < samples_.size(); ++i) {
      if (samples_.times[i] < start || samples_.times[i] > end) continue;
      const double value = samples_.values[i];
      expected.count += 1;
      expected.sum += value;
      expected.min = std::min(expected.min, value);
      expected.max = std::max(expected.max, value);
      if (i > 0) expected.rise += CounterStep(samples_.values[i - 1], value);
    }
    return expected;
  }

  void Check(const BlockMeta& meta, int64_t resolution) {
    Aggregates got = Read(meta);
    const FloatColumns& counts = got.floats(Aggregate::kCount);
    // The totals of all chunks as one counter: a chunk's last value tells how the next one goes on.
    std::vector<double> totals;
    double total = 0, before = 0;
    bool started = false;
    for (const ChunkView& chunk : got.chunks) {
      if (chunk.aggregate != Aggregate::kCounter) continue;
      SeriesSamples counter;
      ASSERT_TRUE(DecodeChunk(chunk.encoding, chunk.data, counter).ok());
      for (size_t i = 0; i + 1 < counter.floats.size(); ++i) {
        total += std::exchange(started, true) ? CounterStep(before, counter.floats.values[i]) : counter.floats.values[i];
        before = counter.floats.values[i];
        const bool stamped = std::binary_search(counts.times.begin(), counts.times.end(), counter.floats.times[i]);
        if (i > 0 && stamped) totals.push_back(total);
      }
      before = counter.floats.values.back();
    }
    ASSERT_EQ(totals.size(), counts.size());
    double covered = 0, last_total = samples_.values.front();
    for (size_t i = 0; i < counts.size(); ++i) {
      const Expected expected = Expect(WindowStart(counts.times[i], resolution), counts.times[i]);
      EXPECT_EQ(counts.values[i], expected.count);
      EXPECT_NEAR(got.floats(Aggregate::kSum).values[i], expected.sum, std::abs(expected.sum) * 1e-12);
      EXPECT_EQ(got.floats(Aggregate::kMin).values[i], expected.min);
      EXPECT_EQ(got.floats(Aggregate::kMax).values[i], expected.max);
      EXPECT_NEAR(totals[i] - last_total, expected.rise, 1e-9 * std::max(1.0, totals[i]));
      last_total = totals[i];
      covered += counts.values[i];
    }
    EXPECT_EQ(covered, static_cast<double>(samples_.size()));
  }

  FloatColumns samples_;
  BlockMeta raw_;
};

TEST_P(RandomSeriesTest, WindowsSayWhatAllTheirSamplesSay) {
  const std::vector<BlockMeta> both = Downsample(raw_, {kFiveMinutesMs, kOneHourMs});
  ASSERT_THAT(both, SizeIs(2));
  Check(both[0], kFiveMinutesMs);
  Check(both[1], kOneHourMs);
  const std::vector<BlockMeta> direct = Downsample(raw_, {kOneHourMs});
  ASSERT_THAT(direct, SizeIs(1));
  Check(direct[0], kOneHourMs);
  const std::vector<BlockMeta> second = Downsample(both[0], {kOneHourMs});
  ASSERT_THAT(second, SizeIs(1));
  Check(second[0], kOneHourMs);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSeriesTest, testing::Range(1, 21));

FloatHistogram Exponential(double count, double sum) {
  return {.schema = 2,
          .zero_threshold = 1e-128,
          .count = count,
          .sum = sum,
          .positive_spans = {{0, 2}},
          .positive = {count / 2, count / 2}};
}

TEST_F(DownsampleBlockTest, AddsHistogramsUpAndKeepsTheLastOfAWindow) {
  BlockBuilder builder;
  builder.Add(kSeries, kStart + 10'000, Exponential(2, 1));
  builder.Add(kSeries, kStart + 20'000, Exponential(4, 3));
  builder.Add(kSeries, kStart + 310'000, Exponential(8, 9));
  Aggregates got = Read(Downsample(Write(builder), {kFiveMinutesMs})[0]);
  EXPECT_THAT(got.floats(Aggregate::kCount).values, ElementsAre(2, 1));
  const HistogramColumns& sum = got.histograms(Aggregate::kSum);
  ASSERT_THAT(sum.times, ElementsAre(kStart + 299'999, kStart + 599'999));
  EXPECT_EQ(sum.values[0].count, 6);
  EXPECT_EQ(sum.values[0].sum, 4);
  EXPECT_EQ(sum.values[0].reset_hint, CounterResetHint::kGauge);
  const HistogramColumns& counter = got.histograms(Aggregate::kCounter);
  EXPECT_EQ(counter.times, sum.times);
  EXPECT_EQ(counter.values[0].count, 4);
  EXPECT_EQ(counter.values[1].count, 8);
}

TEST_F(DownsampleBlockTest, KeepsTheHistogramsAroundAReset) {
  BlockBuilder builder;
  builder.Add(kSeries, kStart + 10'000, Exponential(20, 1));
  builder.Add(kSeries, kStart + 20'000, Exponential(2, 3));
  builder.Add(kSeries, kStart + 30'000, Exponential(40, 9));
  for (const std::vector<int64_t>& path : {std::vector{kFiveMinutesMs}, std::vector{kFiveMinutesMs, kOneHourMs}}) {
    SCOPED_TRACE(path.size());
    Aggregates got = Read(Downsample(Write(builder), path).back());
    EXPECT_THAT(got.floats(Aggregate::kCount).values, ElementsAre(1, 1, 1));
    const HistogramColumns& counter = got.histograms(Aggregate::kCounter);
    EXPECT_THAT(counter.times, ElementsAre(kStart + 10'000, kStart + 20'000, kStart + path.back() - 1));
    EXPECT_EQ(counter.values[0].count, 20);
    EXPECT_EQ(counter.values[1].count, 2);
    EXPECT_EQ(counter.values[2].count, 40);
  }
}

TEST_F(DownsampleBlockTest, TakesHistogramsOfEveryKind) {
  FloatHistogram custom = {.schema = kCustomBucketsSchema,
                           .count = 4,
                           .sum = 5,
                           .positive_spans = {{0, 2}},
                           .positive = {1, 3},
                           .custom_values = {1, 2}};
  BlockBuilder builder;
  builder.Add(kSeries, kStart + 10'000, Exponential(2, 1));
  builder.Add(kSeries, kStart + 20'000, custom);
  builder.Add(kSeries, kStart + 30'000, 7.0);
  custom.custom_values = {1, 3};
  builder.Add(kSeries, kStart + 40'000, custom);
  FloatHistogram coarse = Exponential(6, 3);
  coarse.schema = 0;
  builder.Add(kSeries, kStart + 50'000, Exponential(4, 3));
  builder.Add(kSeries, kStart + 60'000, coarse);
  for (const std::vector<int64_t>& path : {std::vector{kFiveMinutesMs}, std::vector{kFiveMinutesMs, kOneHourMs}}) {
    const std::vector<BlockMeta> made = Downsample(Write(builder), path);
    Aggregates got = Read(made.back());
    EXPECT_THAT(got.floats(Aggregate::kCount).values, ElementsAre(1, 1, 1, 1, 2));
    const HistogramColumns& sum = got.histograms(Aggregate::kSum);
    ASSERT_THAT(sum.values, SizeIs(4));
    EXPECT_EQ(sum.values[1].custom_values, (std::vector<double>{1, 2}));
    EXPECT_EQ(sum.values[2].custom_values, (std::vector<double>{1, 3}));
    EXPECT_EQ(sum.values[3].schema, 0);
    EXPECT_EQ(sum.values[3].count, 10);
    const std::vector<BlockMeta> second = Downsample(made[0], {kOneHourMs});
    EXPECT_THAT(Read(second[0]).floats(Aggregate::kCount).values, SizeIs(5));
  }
}

TEST_F(DownsampleBlockTest, AggregatesThatLackSomeAreDataLoss) {
  BlockBuilder builder;
  XorEncoder count;
  count.Append(kStart, 1);
  OwnedChunk chunk{.min_time = kStart, .max_time = kStart, .encoding = ChunkEncoding::kAggr};
  chunk.data = EncodeAggrChunk({.count = {ChunkEncoding::kXor, count.bytes()}});
  builder.Add(kSeries, chunk);
  const BlockMeta input = builder.Write(directory_.path(), {.thanos = ThanosMeta{.resolution_ms = kFiveMinutesMs}});
  const auto failed = DownsampleBlock({}, RealFiles(), Open(input), std::vector<int64_t>{kOneHourMs}, directory_.path());
  EXPECT_EQ(failed.status().code(), absl::StatusCode::kDataLoss) << failed.status();
}

}  // namespace
}  // namespace varve
