#include "store/transcode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>

#include "chunkenc/testing/golden.h"
#include "store/series_frames.h"
#include "store/testing/fake_store.h"

namespace varve {
namespace {

bool Ascends(const GoldenCase& golden) {
  const auto no_step = [](TimestampMs a, TimestampMs b) { return b <= a; };
  return std::all_of(golden.chunks.begin(), golden.chunks.end(), [&](const GoldenChunk& chunk) {
    const std::vector<TimestampMs>& times = chunk.samples.floats.times;
    return std::adjacent_find(times.begin(), times.end(), no_step) == times.end();
  });
}

// Upstream's chunks in the newer encodings, without those that test extremes no series can have.
std::vector<GoldenCase> NewerChunks() {
  std::vector<GoldenCase> newer = LoadGoldenChunks(std::string(VARVE_SOURCE_DIR) + "/testdata/chunks");
  std::erase_if(newer, [](const GoldenCase& golden) { return WireEncodable(golden.encoding) || !Ascends(golden); });
  return newer;
}

class TranscodeTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(TranscodeTest, KeepsTheSamples) {
  for (const GoldenChunk& golden : GetParam().chunks) {
    ChunkSeries series;
    series.chunks = {{.encoding = GetParam().encoding, .data = golden.bytes}};
    const absl::Status made = MakeWireEncodable(series);
    ASSERT_TRUE(made.ok()) << made;
    SeriesSamples samples;
    for (const ChunkView& chunk : series.chunks) {
      EXPECT_TRUE(WireEncodable(chunk.encoding));
      const size_t before = samples.size();
      ASSERT_TRUE(DecodeChunk(chunk.encoding, chunk.data, samples).ok());
      const std::vector<TimestampMs>& times = samples.floats.empty() ? samples.histograms.times : samples.floats.times;
      EXPECT_EQ(chunk.min_time, times[before]);
      EXPECT_EQ(chunk.max_time, times.back());
    }
    EXPECT_EQ(samples.floats.times, golden.samples.floats.times);
    EXPECT_EQ(samples.histograms.times, golden.samples.histograms.times);
    for (size_t i = 0; i < samples.floats.size(); ++i) {
      EXPECT_EQ(std::bit_cast<uint64_t>(samples.floats.values[i]), std::bit_cast<uint64_t>(golden.samples.floats.values[i])) << i;
    }
    for (size_t i = 0; i < samples.histograms.size(); ++i) {
      EXPECT_EQ(samples.histograms.values[i].count, golden.samples.histograms.values[i].count) << i;
      EXPECT_EQ(samples.histograms.values[i].positive, golden.samples.histograms.values[i].positive) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Upstream, TranscodeTest, testing::ValuesIn(NewerChunks()),
                         [](const testing::TestParamInfo<GoldenCase>& info) {
                           std::string name = info.param.name;
                           for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

TEST(TranscodeEdgeTest, ChunksWithAWireNumberStay) {
  ChunkSeries series = FakeSeries(Labels{{"a", "1"}}, {{0, 1}, {10, 2}});
  const std::byte* before = series.chunks[0].data.data();
  ASSERT_TRUE(MakeWireEncodable(series).ok());
  EXPECT_EQ(series.chunks[0].data.data(), before);
}

TEST(TranscodeEdgeTest, DamagedChunksAreErrors) {
  const ByteBuffer damaged = {std::byte{0}, std::byte{9}, std::byte{0}};
  ChunkSeries series;
  series.chunks = {{.min_time = 0, .max_time = 1, .encoding = ChunkEncoding::kXor2, .data = damaged}};
  EXPECT_TRUE(absl::IsDataLoss(MakeWireEncodable(series)));
}

}  // namespace
}  // namespace varve
