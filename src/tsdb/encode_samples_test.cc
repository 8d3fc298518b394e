#include "tsdb/encode_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace varve {
namespace {

using testing::ElementsAre;

FloatHistogram Histogram(double count, double fraction = 0) {
  return {.zero_threshold = 0.001,
          .zero_count = fraction,
          .count = count + fraction,
          .sum = 1,
          .positive_spans = {{0, 1}},
          .positive = {count}};
}

std::vector<std::string> Describe(const std::vector<OwnedChunk>& chunks) {
  std::vector<std::string> lines;
  for (const OwnedChunk& chunk : chunks) {
    lines.push_back(fmt::format("{} {}-{} x{}", static_cast<int>(chunk.encoding), chunk.min_time, chunk.max_time,
                                *ChunkSampleCount(chunk.encoding, chunk.data)));
  }
  return lines;
}

TEST(EncodeSamplesTest, CutsByCountAndKind) {
  SeriesSamples samples;
  for (const TimestampMs time : {1, 2, 3, 7, 8}) samples.floats.Append(time, static_cast<double>(time));
  for (const TimestampMs time : {4, 5}) samples.histograms.Append(time, Histogram(static_cast<double>(time)));
  samples.histograms.Append(6, Histogram(6, 0.5));
  const std::vector<OwnedChunk> chunks = *EncodeSamples(samples, 2);
  EXPECT_THAT(Describe(chunks), ElementsAre("1 1-2 x2", "1 3-3 x1", "2 4-5 x2", "3 6-6 x1", "1 7-8 x2"));

  SeriesSamples decoded;
  for (const OwnedChunk& chunk : chunks) ASSERT_TRUE(DecodeChunk(chunk.encoding, chunk.data, decoded).ok());
  EXPECT_EQ(decoded.floats.times, samples.floats.times);
  EXPECT_EQ(decoded.floats.values, samples.floats.values);
  EXPECT_EQ(decoded.histograms.times, samples.histograms.times);
  EXPECT_EQ(decoded.histograms.values[2].zero_count, 0.5);
}

TEST(EncodeSamplesTest, ACounterResetBeginsAChunk) {
  SeriesSamples samples;
  samples.histograms.Append(1, Histogram(5));
  samples.histograms.Append(2, Histogram(3));
  EXPECT_THAT(Describe(*EncodeSamples(samples)), ElementsAre("2 1-1 x1", "2 2-2 x1"));
}

TEST(EncodeSamplesTest, TakesTheLastMillisecond) {
  SeriesSamples samples;
  samples.floats.Append(kMaxTimestamp - 1, 1);
  EXPECT_EQ(EncodeSamples(samples)->size(), 1u);
  EXPECT_TRUE(EncodeSamples(SeriesSamples())->empty());
}

TEST(EncodeSamplesTest, RefusesDisorder) {
  const FloatColumns backwards{.times = {2, 1}, .values = {1, 1}};
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeSamples({.floats = backwards}).status()));
  SeriesSamples both;
  both.floats.Append(1, 1);
  both.histograms.Append(1, Histogram(1));
  EXPECT_TRUE(absl::IsInvalidArgument(EncodeSamples(both).status()));
  SeriesSamples broken;
  broken.histograms.Append(1, FloatHistogram{.positive_spans = {{0, 2}}, .positive = {1}});
  EXPECT_FALSE(EncodeSamples(broken).ok());
}

}  // namespace
}  // namespace varve
