#include "tsdb/undeleted_chunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chunkenc/histogram_encoder.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

SeriesSamples Decode(ChunkEncoding encoding, Bytes data) {
  SeriesSamples samples;
  EXPECT_TRUE(DecodeChunk(encoding, data, samples).ok());
  return samples;
}

SeriesSamples Decode(const OwnedChunk& chunk, Aggregate aggregate) {
  const AggrChunkParts parts = *ParseAggrChunk(chunk.data);
  return Decode(parts.of(aggregate).encoding, parts.of(aggregate).data);
}

// Windows that end at 1000, 2000, ... 5000; window i has i samples. The first sample is at 100, the last raw value is 7.
OwnedChunk FloatWindows() {
  XorEncoder count, sum, counter;
  counter.Append(100, 1);
  for (int i = 1; i <= 5; ++i) {
    count.Append(i * 1000, i);
    sum.Append(i * 1000, i * 10);
    counter.Append(i * 1000, i * 100);
  }
  counter.Append(5000, 7);
  const AggrChunkParts::Part sums{ChunkEncoding::kXor, sum.bytes()};
  return {.min_time = 100,
          .max_time = 5000,
          .encoding = ChunkEncoding::kAggr,
          .data = EncodeAggrChunk({.count = {ChunkEncoding::kXor, count.bytes()},
                                   .sum = sums,
                                   .min = sums,
                                   .max = sums,
                                   .counter = {ChunkEncoding::kXor, counter.bytes()}})};
}

TEST(UndeletedChunksTest, CutsRawSamplesOut) {
  SeriesSamples samples;
  for (int i = 0; i < 10; ++i) samples.floats.Append(i * 10, i);
  const std::vector<OwnedChunk> chunks = *EncodeSamples(samples);
  const UndeletedChunks left = *EraseDeleted({{15, 44}, {90, 95}}, chunks[0].view());
  EXPECT_EQ(left.samples_deleted, 4u);
  ASSERT_THAT(left.chunks, SizeIs(1));
  EXPECT_THAT(Decode(left.chunks[0].encoding, left.chunks[0].data).floats.times, ElementsAre(0, 10, 50, 60, 70, 80));
}

TEST(UndeletedChunksTest, CutsWindowsOutOfEveryAggregate) {
  const OwnedChunk chunk = FloatWindows();
  const UndeletedChunks left = *EraseDeleted({{1500, 3000}}, chunk.view());
  EXPECT_EQ(left.samples_deleted, 2u);
  ASSERT_THAT(left.chunks, SizeIs(1));
  EXPECT_EQ(left.chunks[0].min_time, 100);
  EXPECT_EQ(left.chunks[0].max_time, 5000);
  for (const Aggregate aggregate : {Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax}) {
    EXPECT_THAT(Decode(left.chunks[0], aggregate).floats.times, ElementsAre(1000, 4000, 5000));
  }
  EXPECT_THAT(Decode(left.chunks[0], Aggregate::kCounter).floats.times, ElementsAre(100, 1000, 4000, 5000, 5000));
  EXPECT_THAT(Decode(left.chunks[0], Aggregate::kCounter).floats.values, ElementsAre(1, 100, 400, 500, 7));
}

TEST(UndeletedChunksTest, TheLastRawValueStaysAtTheLastWindow) {
  const OwnedChunk chunk = FloatWindows();
  const UndeletedChunks left = *EraseDeleted({{0, 900}, {3500, 9000}}, chunk.view());
  ASSERT_THAT(left.chunks, SizeIs(1));
  EXPECT_EQ(left.chunks[0].min_time, 100) << "the first window began there";
  EXPECT_EQ(left.chunks[0].max_time, 3000);
  EXPECT_THAT(Decode(left.chunks[0], Aggregate::kCounter).floats.times, ElementsAre(1000, 2000, 3000, 3000));
  EXPECT_THAT(Decode(left.chunks[0], Aggregate::kCounter).floats.values, ElementsAre(100, 200, 300, 7));
}

TEST(UndeletedChunksTest, NothingIsLeftWhereEveryWindowIsDeleted) {
  const OwnedChunk chunk = FloatWindows();
  const UndeletedChunks left = *EraseDeleted({{900, 9000}}, chunk.view());
  EXPECT_THAT(left.chunks, IsEmpty());
  EXPECT_EQ(left.samples_deleted, 5u);
}

TEST(UndeletedChunksTest, CutsWindowsOfHistogramsOut) {
  XorEncoder count;
  FloatHistogramEncoder sum, counter;
  for (int i = 1; i <= 4; ++i) {
    FloatHistogram histogram;
    histogram.positive_spans = {{0, static_cast<uint32_t>(i)}};  // a bucket more each time
    histogram.positive.assign(static_cast<size_t>(i), i + 0.5);
    histogram.count = i * (i + 0.5);
    histogram.sum = i;
    count.Append(i * 1000, i);
    ASSERT_TRUE(counter.Append(i * 1000, histogram));
    histogram.reset_hint = CounterResetHint::kGauge;
    ASSERT_TRUE(sum.Append(i * 1000, histogram));
  }
  const OwnedChunk chunk{.min_time = 1000,
                         .max_time = 4000,
                         .encoding = ChunkEncoding::kAggr,
                         .data = EncodeAggrChunk({.count = {ChunkEncoding::kXor, count.bytes()},
                                                  .sum = {ChunkEncoding::kFloatHistogram, sum.bytes()},
                                                  .counter = {ChunkEncoding::kFloatHistogram, counter.bytes()}})};
  const UndeletedChunks left = *EraseDeleted({{0, 1000}, {3000, 3000}}, chunk.view());
  ASSERT_THAT(left.chunks, SizeIs(1));
  EXPECT_EQ(left.chunks[0].min_time, 2000);
  EXPECT_THAT(Decode(left.chunks[0], Aggregate::kSum).histograms.times, ElementsAre(2000, 4000));
  const HistogramColumns left_counter = Decode(left.chunks[0], Aggregate::kCounter).histograms;
  EXPECT_THAT(left_counter.times, ElementsAre(2000, 4000));
  EXPECT_EQ(left_counter.values[1].sum, 4);
  EXPECT_EQ(ParseAggrChunk(left.chunks[0].data)->min.encoding, ChunkEncoding::kNone);
}

TEST(UndeletedChunksTest, DamageIsDataLoss) {
  OwnedChunk chunk = FloatWindows();
  chunk.data.resize(chunk.data.size() / 2);
  EXPECT_TRUE(absl::IsDataLoss(EraseDeleted({{1500, 3000}}, chunk.view()).status()));
}

}  // namespace
}  // namespace varve
