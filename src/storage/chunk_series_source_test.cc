#include "storage/chunk_series_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "base/errors.h"
#include "chunkenc/histogram_encoder.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ChunkSeriesSourceTest : public testing::Test {
 protected:
  // A chunk of floats; the value tells which chunk a sample came from.
  ChunkView Floats(const std::vector<TimestampMs>& times, double value) {
    XorEncoder encoder;
    for (const TimestampMs time : times) encoder.Append(time, value);
    return {times.front(), times.back(), ChunkEncoding::kXor, Aggregate::kRaw, bytes_.emplace_back(encoder.Release())};
  }
  ChunkView Histograms(const std::vector<TimestampMs>& times) {
    FloatHistogramEncoder encoder;
    for (const TimestampMs time : times) EXPECT_TRUE(encoder.Append(time, FloatHistogram{.count = 1, .sum = 1}));
    return {times.front(), times.back(), ChunkEncoding::kFloatHistogram, Aggregate::kRaw, bytes_.emplace_back(encoder.Release())};
  }
  SeriesSamples Read(std::vector<ChunkView> chunks, QueryRange range = {}) {
    SeriesSamples samples;
    const absl::Status status = ReadChunks(Context(), chunks, range, samples);
    EXPECT_TRUE(status.ok()) << status;
    return samples;
  }

  std::deque<ByteBuffer> bytes_;
};

TEST_F(ChunkSeriesSourceTest, JoinsChunksAndTrimsToTheRange) {
  const std::vector<ChunkView> chunks = {Floats({10, 20, 30}, 1), Floats({40, 50}, 2), Floats({60, 70}, 3)};
  EXPECT_THAT(Read(chunks).floats.times, ElementsAre(10, 20, 30, 40, 50, 60, 70));
  EXPECT_THAT(Read(chunks, {20, 60}).floats.times, ElementsAre(20, 30, 40, 50, 60));
  EXPECT_THAT(Read(chunks, {20, 60}).floats.values, ElementsAre(1, 1, 2, 2, 3));
  EXPECT_THAT(Read(chunks, {21, 29}).floats.times, IsEmpty());
  EXPECT_THAT(Read(chunks, {71, 100}).floats.times, IsEmpty());
}

TEST_F(ChunkSeriesSourceTest, AppendsBehindWhatIsThere) {
  const std::vector<ChunkView> chunks = {Floats({10, 30}, 1), Floats({20, 40}, 2)};
  SeriesSamples samples;
  samples.floats.Append(1000, 9);
  ASSERT_TRUE(ReadChunks(Context(), chunks, {}, samples).ok());
  EXPECT_THAT(samples.floats.times, ElementsAre(1000, 10, 20, 30, 40));
}

TEST_F(ChunkSeriesSourceTest, OverlapsGiveTheUnion) {
  const SeriesSamples samples = Read({Floats({10, 20, 30, 60}, 1), Floats({20, 25, 50}, 2), Floats({60, 70}, 3)});
  EXPECT_THAT(samples.floats.times, ElementsAre(10, 20, 25, 30, 50, 60, 70));
  EXPECT_THAT(samples.floats.values, ElementsAre(1, 1, 2, 1, 2, 1, 3));
}

TEST_F(ChunkSeriesSourceTest, FloatsAndHistogramsSideBySide) {
  const SeriesSamples samples = Read({Floats({10, 20, 30}, 1), Histograms({20, 40}), Floats({50}, 2)});
  EXPECT_THAT(samples.floats.times, ElementsAre(10, 30, 50));
  EXPECT_THAT(samples.histograms.times, ElementsAre(20, 40));
}

TEST_F(ChunkSeriesSourceTest, PassesOverAggregates) {
  ChunkView sum = Floats({10}, 1);
  sum.aggregate = Aggregate::kSum;
  EXPECT_THAT(Read({sum, Floats({20}, 2)}).floats.times, ElementsAre(20));
}

TEST_F(ChunkSeriesSourceTest, DamageNamesTheSeries) {
  ChunkView cut = Floats({10, 20, 30}, 1);
  cut.data = cut.data.first(5);
  const auto series = NewChunkBackedSeries({.labels = Labels{{"a", "b"}}, .chunks = {cut}, .owners = {}});
  SeriesSamples samples;
  const absl::Status status = series->Read(Context(), {}, samples);
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(Message(status)), HasSubstr(R"(series {a="b"}: chunk from 10 to 30)"));
  const ChunkView backwards = Floats({30, 20}, 1);
  EXPECT_TRUE(absl::IsDataLoss(
      ReadChunks(Context(), std::vector{ChunkView{20, 30, backwards.encoding, Aggregate::kRaw, backwards.data}}, {}, samples)));
}

TEST_F(ChunkSeriesSourceTest, ASeriesOutlivesItsSet) {
  std::vector<ChunkSeries> list;
  list.push_back({.labels = Labels{{"a", "1"}}, .chunks = {Floats({10}, 1)}, .owners = {}});
  list.push_back({.labels = Labels{{"a", "2"}}, .chunks = {Floats({20}, 1)}, .owners = {}});
  std::vector<std::shared_ptr<const Series>> kept;
  {
    auto set = NewChunkBackedSeriesSet(NewChunkSeriesSet(std::move(list)));
    while (set->Next()) kept.push_back(set->At());
    EXPECT_TRUE(set->status().ok());
  }
  ASSERT_EQ(kept.size(), 2u);
  SeriesSamples samples;
  ASSERT_TRUE(kept[1]->Read(Context(), {}, samples).ok());
  EXPECT_EQ(kept[1]->labels().Get("a"), "2");
  EXPECT_THAT(samples.floats.times, ElementsAre(20));
}

}  // namespace
}  // namespace varve
