// PromQL over downsampled blocks, and over raw and downsampled ones together, against what all raw samples say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "blocks/downsample/downsample_block.h"
#include "promql/engine/engine.h"
#include "store/querier_source.h"
#include "store/set_filters.h"
#include "store/testing/fake_store.h"
#include "tsdb/testing/block_builder.h"
#include "tsdb/testing/scratch_directory.h"

namespace varve {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kDay = 24 * kOneHourMs;
constexpr TimestampMs kStart = 1'700'006'400'000;  // a midnight
constexpr TimestampMs kEnd = kStart + 3 * kDay;
const Labels kCounter{{"__name__", "c"}}, kGauge{{"__name__", "g"}}, kSteady{{"__name__", "steady"}};

using Points = std::map<TimestampMs, double>;

class DownsampledQueriesTest : public testing::Test {
 protected:
  void SetUp() override { MakeBlocks(1); }

  // Counter and gauge with jitter, resets and gaps; no sample lies on the first millisecond of a window.
  void MakeBlocks(uint64_t seed) {
    std::mt19937_64 random(seed);
    counter_.Clear();
    gauge_.Clear();
    steady_.Clear();
    double total = 0;
    for (TimestampMs time = kStart + 4'567; time < kEnd; time += 15'000) {
      steady_.Append(time, static_cast<double>(time - kStart) / 250);
      if (random() % 1'500 == 0) down_until_ = time + static_cast<int64_t>(random() % (3 * kOneHourMs));
      const TimestampMs jittered = time + static_cast<int64_t>(random() % 41) - 20;
      total = random() % 700 == 0 ? static_cast<double>(random() % 20) : total + static_cast<double>(random() % 100);
      if (time < down_until_) continue;
      counter_.Append(jittered, total);
      gauge_.Append(jittered, std::sin(static_cast<double>(time) / 1e7) * 50 + static_cast<double>(random() % 1'000) / 100);
    }
    BlockBuilder builder;
    for (const auto& [labels, samples] : {std::pair(kCounter, &counter_), {kGauge, &gauge_}, {kSteady, &steady_}}) {
      for (size_t i = 0; i < samples->size(); ++i) builder.Add(labels, samples->times[i], samples->values[i]);
    }
    const BlockMeta raw = builder.Write(directory_.path(), {.range = BlockRange{kStart, kEnd}, .thanos = ThanosMeta()});
    raw_ = Open(raw);
    const auto made = DownsampleBlock({}, RealFiles(), raw_, std::vector{kFiveMinutesMs, kOneHourMs}, directory_.path());
    ASSERT_TRUE(made.ok()) << made.status();
    five_minutes_ = Open((*made)[0]);
    one_hour_ = Open((*made)[1]);
  }
  std::shared_ptr<const BlockReader> Open(const BlockMeta& meta) {
    return *BlockReader::Open(RealFiles(), directory_.path() + "/" + meta.id.ToString());
  }

  // What the store has: chunks of these blocks that overlap the ranges, downsampled ones narrowed to them.
  void Serve(const std::vector<std::pair<std::shared_ptr<const BlockReader>, QueryRange>>& parts) {
    std::vector<std::unique_ptr<ChunkSeriesSet>> sets;
    for (const auto& [block, range] : parts) sets.push_back(NewNarrowedSeries(BlockReader::Select(block, {}, range, {}), range));
    const auto merged = MergeChunkSeriesSets(std::move(sets));
    store_.series.clear();
    while (merged->Next()) store_.series.push_back(std::move(merged->At()));
    ASSERT_TRUE(merged->status().ok()) << merged->status();
  }
  void Serve(const std::shared_ptr<const BlockReader>& block) { Serve({{block, {}}}); }
  void ServeMixed() {
    Serve({{one_hour_, {kStart, kStart + kDay - 1}},
           {five_minutes_, {kStart + kDay, kStart + 2 * kDay - 1}},
           {raw_, {kStart + 2 * kDay, kEnd}}});
  }

  // The only series of the answer.
  Points Query(const std::string& query, TimestampMs start, TimestampMs end, int64_t step) {
    QuerierOptions options = {.max_resolution_ms = kOneHourMs, .fallback_resolution_ms = kOneHourMs};
    const auto source = NewQuerierSource(store_, options);
    const promql::Engine engine({});
    const auto result = engine.Range({}, *source, query, {.start = start, .end = end, .step_ms = step}, {.text = query});
    EXPECT_TRUE(result.ok()) << result.status();
    Points points;
    if (!result.ok() || result->series.empty()) return points;
    EXPECT_EQ(result->series.size(), 1u);
    infos_ = result->infos;
    const promql::StepSeries& series = result->series[0];
    series.present.ForEach([&](size_t i) { points[result->grid.At(i)] = series.values[i]; });
    return points;
  }

  // What the counter rose from the last sample at or before `start` to the last at or before `end`. If that before the start is in no
  // downsampled window near it, from the first one behind.
  double Rise(TimestampMs start, TimestampMs end, int64_t resolution) const {
    double rise = 0;
    bool first = true;
    for (size_t i = 1; i < counter_.size(); ++i) {
      if (counter_.times[i] <= start || counter_.times[i] > end) continue;
      const bool behind_gap = std::exchange(first, false) && start - WindowEnd(counter_.times[i - 1], resolution) > resolution;
      if (!behind_gap) rise += CounterStep(counter_.values[i - 1], counter_.values[i]);
    }
    return rise;
  }

  ScratchDirectory directory_;
  FloatColumns counter_, gauge_, steady_;
  TimestampMs down_until_ = 0;
  std::shared_ptr<const BlockReader> raw_, five_minutes_, one_hour_;
  FakeStore store_;
  std::vector<std::string> infos_;
};

void ExpectSame(const Points& got, const Points& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (auto a = got.begin(), b = expected.begin(); a != got.end(); ++a, ++b) {
    EXPECT_EQ(a->first, b->first);
    EXPECT_NEAR(a->second, b->second, 1e-9 * std::max(1.0, std::abs(b->second))) << "at " << a->first - kStart;
  }
}

class AlignedTest : public DownsampledQueriesTest, public testing::WithParamInterface<std::string> {};

TEST_P(AlignedTest, WindowsHaveTheValuesOfRawData) {
  for (const uint64_t seed : {1, 2, 3}) {
    MakeBlocks(seed);
    // Ends on the last millisecond of a downsampled window, as they are stored, and on the first of the next, as people ask.
    for (const int64_t shift : {-1, 0}) {
      for (const auto& [range, step] :
           {std::pair("5m", kFiveMinutesMs), {"35m", kFiveMinutesMs}, {"1h", kOneHourMs}, {"1d", kOneHourMs}}) {
        const std::string query = GetParam() + "(g[" + range + "])";
        SCOPED_TRACE(query);
        Serve(raw_);
        const Points expected = Query(query, kStart + shift, kEnd + shift, step);
        EXPECT_THAT(infos_, IsEmpty());
        Serve(five_minutes_);
        ExpectSame(Query(query, kStart + shift, kEnd + shift, step), expected);
        EXPECT_THAT(infos_, IsEmpty());
        if (step < kOneHourMs) continue;
        Serve(one_hour_);
        ExpectSame(Query(query, kStart + shift, kEnd + shift, step), expected);
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(OverTime, AlignedTest,
                         testing::Values("sum_over_time", "count_over_time", "avg_over_time", "min_over_time", "max_over_time"));

TEST_F(DownsampledQueriesTest, AlignedIncreaseIsThatOfAllSamples) {
  for (const uint64_t seed : {1, 2, 3}) {
    MakeBlocks(seed);
    for (const auto& block : {five_minutes_, one_hour_}) {
      Serve(block);
      const int64_t step = block == five_minutes_ ? kFiveMinutesMs : kOneHourMs;
      for (const int64_t range_hours : {1, 6}) {
        const std::string range = std::to_string(range_hours) + "h";
        const Points increase = Query("increase(c[" + range + "])", kStart, kEnd, step);
        const Points rate = Query("rate(c[" + range + "])", kStart, kEnd, step);
        EXPECT_GT(increase.size(), 40u);
        for (const auto& [time, value] : increase) {
          const double expected = Rise(time - range_hours * kOneHourMs, time, step);
          EXPECT_NEAR(value, expected, 1e-9 * std::max(1.0, expected)) << "at " << time - kStart;
          EXPECT_NEAR(rate.at(time), value / static_cast<double>(range_hours * 3600), 1e-9 * value);
        }
      }
    }
  }
}

// Prometheus extrapolates to the edges of a window; where a counter rises steadily that is what it really rose.
TEST_F(DownsampledQueriesTest, AlignedIncreaseOfASteadyCounterIsThatOfPromQL) {
  for (const std::string function : {"increase", "rate"}) {
    Serve(raw_);
    const Points expected = Query(function + "(steady[1h])", kStart + kOneHourMs, kEnd, kFiveMinutesMs);
    Serve(five_minutes_);
    const Points got = Query(function + "(steady[1h])", kStart + kOneHourMs, kEnd, kFiveMinutesMs);
    // The first window has no sample before it, and so is short of what it rose before its first sample.
    ExpectSame({std::next(got.begin()), got.end()}, {std::next(expected.begin()), expected.end()});
  }
}

TEST_F(DownsampledQueriesTest, UnalignedIncreaseStaysWithinTheWindowsAtItsEdges) {
  std::mt19937_64 random(7);
  for (const auto& block : {five_minutes_, one_hour_}) {
    Serve(block);
    const int64_t resolution = block == five_minutes_ ? kFiveMinutesMs : kOneHourMs;
    const auto rise_around = [&](TimestampMs edge) {
      return Rise(WindowStart(edge, resolution) - 1, WindowEnd(edge, resolution), resolution);
    };
    for (int i = 0; i < 300; ++i) {
      const int64_t seconds = 60 + static_cast<int64_t>(random() % 20'000);
      const TimestampMs end = kStart + kDay / 2 + static_cast<int64_t>(random() % (2 * kDay));
      const Points got = Query("rate(c[" + std::to_string(seconds) + "s])", end, end, 1'000);
      if (got.empty()) continue;
      const TimestampMs start = end - seconds * 1'000;
      const double bound = std::max(rise_around(start), rise_around(end)) / static_cast<double>(seconds);
      EXPECT_NEAR(got.at(end), Rise(start, end, resolution) / static_cast<double>(seconds), bound + 1e-9)
          << seconds << " s to " << end - kStart << " of " << resolution;
    }
  }
}

TEST_F(DownsampledQueriesTest, ALineOverAllResolutionsHasNoGaps) {
  for (const std::string query :
       {"rate(c[5m])", "increase(c[5m])", "max_over_time(g[5m])", "min_over_time(g[5m])", "avg_over_time(g[5m])",
        "count_over_time(g[5m])", "last_over_time(g[5m])", "irate(c[5m])", "deriv(g[10m])", "g", "sum(g)"}) {
    SCOPED_TRACE(query);
    Serve(raw_);
    const Points raw = Query(query, kStart + kOneHourMs, kEnd - 1, 61'000);
    ServeMixed();
    const Points mixed = Query(query, kStart + kOneHourMs, kEnd - 1, 61'000);
    const bool of_range = query.find('[') != std::string::npos;
    if (of_range) {
      EXPECT_THAT(infos_, Contains(HasSubstr("are widened to the 1h of downsampled data")));
    }
    size_t same = 0, missing = 0;
    for (const auto& [time, value] : raw) {
      missing += mixed.contains(time) ? 0 : 1;
      if (!mixed.contains(time)) continue;
      EXPECT_TRUE(!query.starts_with("max") || mixed.at(time) >= value) << "at " << time - kStart;
      EXPECT_TRUE(!query.starts_with("min") || mixed.at(time) <= value) << "at " << time - kStart;
      if (time < kStart + 2 * kDay + kOneHourMs) continue;
      EXPECT_EQ(mixed.at(time), value) << "raw data, at " << time - kStart;
      ++same;
    }
    EXPECT_GT(same, 1'000u);
    // Where a series ends or begins, a function that needs two samples may find one.
    const bool of_two_samples = query.starts_with("irate") || query.starts_with("deriv");
    EXPECT_LE(missing, of_two_samples ? raw.size() / 500 : 0);
  }
}

TEST_F(DownsampledQueriesTest, NothingIsLostOrCountedTwiceWhereResolutionsMeet) {
  ServeMixed();
  Points got = Query("count_over_time(g[3d])", kEnd, kEnd, 1'000);
  EXPECT_EQ(got.at(kEnd), static_cast<double>(gauge_.size()));
  got = Query("increase(c[3d])", kEnd, kEnd, 1'000);
  EXPECT_NEAR(got.at(kEnd), Rise(kStart, kEnd, kOneHourMs), 1e-9 * got.at(kEnd));
  // All three over all of the time: the finest counts, but for windows that its chunks do not reach over.
  Serve({{one_hour_, {}}, {five_minutes_, {}}, {raw_, {}}});
  EXPECT_EQ(Query("count_over_time(g[3d])", kEnd, kEnd, 1'000).at(kEnd), static_cast<double>(gauge_.size()));
  const Points all = Query("rate(c[5m])", kStart + kDay, kStart + 2 * kDay, 60'000);
  Serve(raw_);
  size_t same = 0;
  for (const auto& [time, value] : Query("rate(c[5m])", kStart + kDay, kStart + 2 * kDay, 60'000)) {
    ASSERT_TRUE(all.contains(time));
    same += all.at(time) == value ? 1 : 0;
  }
  EXPECT_GT(same, all.size() * 3 / 4);
}

}  // namespace
}  // namespace varve
