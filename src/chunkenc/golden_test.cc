// Our decoders and encoders against chunks that Prometheus' own encoders wrote.
#include <gtest/gtest.h>

#include <bit>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "chunkenc/chunk.h"
#include "chunkenc/histogram_encoder.h"
#include "chunkenc/testing/golden.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

const std::string kFolder = std::string(VARVE_SOURCE_DIR) + "/testdata/chunks";

bool SameBits(double a, double b) { return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b); }

std::string Hex(Bytes bytes) {
  std::string hex;
  for (const std::byte byte : bytes) hex += fmt::format("{:02x}", static_cast<int>(byte));
  return hex;
}

std::string Describe(const FloatHistogram& h) {
  const auto spans = [](const std::vector<HistogramSpan>& spans) {
    std::string text;
    for (const HistogramSpan& span : spans) text += fmt::format(" {}:{}", span.offset, span.length);
    return text;
  };
  return fmt::format("hint {} schema {} zero {} {} count {} sum {:x} positive{} {} negative{} {} custom {}",
                     static_cast<int>(h.reset_hint), h.schema, h.zero_threshold, h.zero_count, h.count,
                     std::bit_cast<uint64_t>(h.sum), spans(h.positive_spans), fmt::join(h.positive, ","), spans(h.negative_spans),
                     fmt::join(h.negative, ","), fmt::join(h.custom_values, ","));
}

// Upstream answers a start time of 0 where our columns stay empty.
template <typename Columns>
void ExpectSameTimes(const Columns& ours, const Columns& upstream) {
  EXPECT_EQ(ours.times, upstream.times);
  if (ours.start_times.empty()) {
    EXPECT_EQ(upstream.start_times, std::vector<TimestampMs>(upstream.size(), 0));
  } else {
    EXPECT_EQ(ours.start_times, upstream.start_times);
  }
}

void ExpectSame(const SeriesSamples& ours, const SeriesSamples& upstream) {
  ExpectSameTimes(ours.floats, upstream.floats);
  ExpectSameTimes(ours.histograms, upstream.histograms);
  ASSERT_EQ(ours.floats.values.size(), upstream.floats.values.size());
  for (size_t i = 0; i < ours.floats.size(); ++i) {
    EXPECT_TRUE(SameBits(ours.floats.values[i], upstream.floats.values[i])) << i;
  }
  ASSERT_EQ(ours.histograms.values.size(), upstream.histograms.values.size());
  for (size_t i = 0; i < ours.histograms.size(); ++i) {
    EXPECT_EQ(Describe(ours.histograms.values[i]), Describe(upstream.histograms.values[i])) << i;
  }
}

template <typename Encoder>
std::vector<std::string> EncodeHistograms(const std::vector<GoldenInput>& inputs) {
  std::vector<std::string> chunks;
  auto encoder = std::make_unique<Encoder>();
  for (const GoldenInput& input : inputs) {
    if (!input.cut_before && encoder->Append(input.time, input.histogram)) continue;
    auto next = std::make_unique<Encoder>();
    EXPECT_TRUE(next->Append(input.time, input.histogram, encoder.get()));
    chunks.push_back(Hex(encoder->bytes()));
    encoder = std::move(next);
  }
  chunks.push_back(Hex(encoder->bytes()));
  return chunks;
}

class GoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenTest, DecodesToWhatUpstreamDecodes) {
  for (const GoldenChunk& chunk : GetParam().chunks) {
    SeriesSamples samples;
    const absl::Status status = DecodeChunk(GetParam().encoding, chunk.bytes, samples);
    ASSERT_TRUE(status.ok()) << status.message();
    ExpectSame(samples, chunk.samples);
    EXPECT_EQ(*ChunkSampleCount(GetParam().encoding, chunk.bytes), chunk.samples.size());
  }
}

TEST_P(GoldenTest, TruncationAnywhereIsDataLossAndLeavesTheColumnsAlone) {
  for (const GoldenChunk& chunk : GetParam().chunks) {
    for (size_t size = 0; size < chunk.bytes.size(); ++size) {
      const ByteBuffer cut(chunk.bytes.begin(), chunk.bytes.begin() + static_cast<ptrdiff_t>(size));
      SeriesSamples samples;
      EXPECT_TRUE(absl::IsDataLoss(DecodeChunk(GetParam().encoding, cut, samples))) << size;
      EXPECT_TRUE(samples.empty());
    }
  }
}

TEST_P(GoldenTest, DamageNeverBreaksTheColumns) {
  std::mt19937 random(1);
  for (const GoldenChunk& chunk : GetParam().chunks) {
    for (int round = 0; round < 300; ++round) {
      ByteBuffer damaged = chunk.bytes;
      for (unsigned flips = 1 + random() % 3; flips > 0; --flips)
        damaged[random() % damaged.size()] ^= std::byte(1 << random() % 8);
      SeriesSamples samples;
      (void)DecodeChunk(GetParam().encoding, damaged, samples);
      EXPECT_EQ(samples.floats.times.size(), samples.floats.values.size());
      EXPECT_EQ(samples.histograms.times.size(), samples.histograms.values.size());
      for (const auto* starts : {&samples.floats.start_times, &samples.histograms.start_times}) {
        EXPECT_TRUE(starts->empty() || starts->size() == samples.size());
      }
      for (const FloatHistogram& h : samples.histograms.values) {
        size_t buckets = 0;
        for (const auto& span : h.positive_spans) buckets += span.length;
        for (const auto& span : h.negative_spans) buckets += span.length;
        EXPECT_EQ(buckets, h.positive.size() + h.negative.size());
      }
    }
  }
}

class GoldenEncodingTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenEncodingTest, EncodesToTheSameBytes) {
  const GoldenCase& golden = GetParam();
  std::vector<std::string> ours, upstream;
  for (const GoldenChunk& chunk : golden.chunks) upstream.push_back(Hex(chunk.bytes));
  if (golden.encoding == ChunkEncoding::kXor) {
    XorEncoder encoder;
    const FloatColumns& floats = golden.chunks[0].samples.floats;
    for (size_t i = 0; i < floats.size(); ++i) encoder.Append(floats.times[i], floats.values[i]);
    ours.push_back(Hex(encoder.bytes()));
  } else if (golden.encoding == ChunkEncoding::kHistogram) {
    ours = EncodeHistograms<HistogramEncoder>(golden.inputs);
  } else {
    ours = EncodeHistograms<FloatHistogramEncoder>(golden.inputs);
  }
  EXPECT_EQ(ours, upstream);
}

// What our encoders write: neither the newer encodings, nor schemas of the future, nor a chunk continued from its bytes.
std::vector<GoldenCase> EncodableCases() {
  std::vector<GoldenCase> cases = LoadGoldenChunks(kFolder);
  std::erase_if(cases, [](const GoldenCase& golden) {
    return golden.encoding > ChunkEncoding::kFloatHistogram || golden.name == "xor_continued" ||
           golden.name.ends_with("reserved_schema");
  });
  return cases;
}

std::string NameOf(const testing::TestParamInfo<GoldenCase>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Upstream, GoldenTest, testing::ValuesIn(LoadGoldenChunks(kFolder)), NameOf);
INSTANTIATE_TEST_SUITE_P(Upstream, GoldenEncodingTest, testing::ValuesIn(EncodableCases()), NameOf);

TEST(GoldenAggregatesTest, TakesApartAndPutsTogetherAsThanosDoes) {
  std::ifstream file(kFolder + "/aggregates.txt");
  int cases = 0;
  AggrChunkParts parts;
  for (std::string text; std::getline(file, text);) {
    std::istringstream line(text);
    std::string kind, word;
    line >> kind;
    if (kind == "parts") {
      static std::vector<ByteBuffer> owned;
      owned.assign(5, {});
      AggrChunkParts::Part* slots[] = {&parts.count, &parts.sum, &parts.min, &parts.max, &parts.counter};
      for (size_t i = 0; i < 5 && line >> word; ++i) {
        *slots[i] = {};
        if (word == "-") continue;
        owned[i] = FromHex(std::string_view(word).substr(2));
        *slots[i] = {.encoding = static_cast<ChunkEncoding>(word[0] - '0'), .data = owned[i]};
      }
    } else if (kind == "chunk") {
      ++cases;
      line >> word;
      EXPECT_EQ(Hex(EncodeAggrChunk(parts)), word);
      const ByteBuffer bytes = FromHex(word);
      const absl::StatusOr<AggrChunkParts> parsed = ParseAggrChunk(bytes);
      ASSERT_TRUE(parsed.ok());
      for (const Aggregate aggregate :
           {Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax, Aggregate::kCounter}) {
        EXPECT_EQ(parsed->of(aggregate).encoding, parts.of(aggregate).encoding);
        EXPECT_EQ(Hex(parsed->of(aggregate).data), Hex(parts.of(aggregate).data));
      }
      EXPECT_EQ(*ChunkSampleCount(ChunkEncoding::kAggr, bytes), parts.count.data.empty() ? 0u : 3u);
      for (size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_TRUE(absl::IsDataLoss(ParseAggrChunk(Bytes(bytes).first(size)).status())) << size;
      }
    }
  }
  EXPECT_EQ(cases, 6);
}

}  // namespace
}  // namespace varve
