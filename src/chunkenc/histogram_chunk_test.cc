#include "chunkenc/histogram_chunk.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "chunkenc/histogram_encoder.h"
#include "chunkenc/varbit.h"

namespace varve {
namespace {

FloatHistogram Sample(double factor) {
  return {.zero_threshold = 0.001,
          .zero_count = 1 * factor,
          .count = 10 * factor,
          .sum = 2.5 * factor,
          .positive_spans = {{.offset = -1, .length = 2}, {.offset = 3, .length = 1}},
          .positive = {2 * factor, 3 * factor, 4 * factor}};
}

FloatHistogram Stale() {
  FloatHistogram stale;
  stale.sum = std::bit_cast<double>(kStaleNanBits);
  return stale;
}

// A float histogram chunk of one sample whose layout is written by `layout`.
ByteBuffer ChunkWithLayout(const std::function<void(BitWriter&)>& layout, uint16_t sample_count = 1) {
  BitWriter writer(3);
  writer.Patch(0, static_cast<uint8_t>(sample_count >> 8));
  writer.Patch(1, static_cast<uint8_t>(sample_count));
  layout(writer);
  for (int i = 0; i < 400; ++i) writer.Write(0, 64);
  return writer.Release();
}

void WriteSpans(BitWriter& writer, const std::vector<HistogramSpan>& spans) {
  WriteVarbitUint(writer, spans.size());
  for (const HistogramSpan& span : spans) {
    WriteVarbitUint(writer, span.length);
    WriteVarbitInt(writer, span.offset);
  }
}

TEST(HistogramEncoderTest, AsksForANewChunkWhereTheLayoutOrTheCounterBreaks) {
  struct Case {
    const char* what;
    std::function<void(FloatHistogram&)> change;
    CounterResetHint header;
  };
  const Case cases[] = {
      {"schema", [](FloatHistogram& h) { h.schema = 1; }, CounterResetHint::kUnknown},
      {"zero threshold", [](FloatHistogram& h) { h.zero_threshold = 1; }, CounterResetHint::kUnknown},
      {"count falls", [](FloatHistogram& h) { h.count = 9; }, CounterResetHint::kReset},
      {"zero count falls", [](FloatHistogram& h) { h.zero_count = 0; }, CounterResetHint::kReset},
      {"bucket falls", [](FloatHistogram& h) { h.positive[1] = 2; }, CounterResetHint::kReset},
      {"used bucket is gone", [](FloatHistogram& h) { h.positive_spans.pop_back(), h.positive.pop_back(); },
       CounterResetHint::kReset},
      {"told", [](FloatHistogram& h) { h.reset_hint = CounterResetHint::kReset; }, CounterResetHint::kReset},
      {"becomes a gauge", [](FloatHistogram& h) { h.reset_hint = CounterResetHint::kGauge; }, CounterResetHint::kGauge},
  };
  for (const Case& c : cases) {
    HistogramEncoder encoder, next;
    ASSERT_TRUE(encoder.Append(1000, Sample(1)));
    FloatHistogram changed = Sample(2);
    if (c.header == CounterResetHint::kReset) changed = Sample(1);
    c.change(changed);
    const ByteBuffer before(encoder.bytes().begin(), encoder.bytes().end());
    EXPECT_FALSE(encoder.Append(2000, changed)) << c.what;
    EXPECT_TRUE(std::ranges::equal(encoder.bytes(), before)) << c.what;
    EXPECT_TRUE(next.Append(2000, changed, &encoder)) << c.what;
    EXPECT_EQ(next.header(), c.header) << c.what;
    EXPECT_EQ(*HistogramChunkResetHint(ChunkEncoding::kHistogram, next.bytes()), c.header) << c.what;
  }
}

TEST(HistogramEncoderTest, BytesAreWholeAfterEveryAppendAndRecoding) {
  FloatHistogramEncoder encoder;
  FloatHistogram sample = Sample(1);
  for (int i = 0; i < 20; ++i) {
    sample.positive_spans.push_back({.offset = 1, .length = 1});
    sample.positive.push_back(1);
    sample.count += 1.5;
    ASSERT_TRUE(encoder.Append(1000 * i, sample));
    HistogramColumns out;
    ASSERT_TRUE(DecodeHistograms(ChunkEncoding::kFloatHistogram, encoder.bytes(), out).ok());
    ASSERT_EQ(out.size(), static_cast<size_t>(i + 1));
    EXPECT_EQ(out.values.back().positive, sample.positive);
    EXPECT_EQ(out.values.front().positive_spans, sample.positive_spans);
  }
  EXPECT_EQ(encoder.sample_count(), 20u);
  EXPECT_FALSE(encoder.Release().empty());
  EXPECT_EQ(encoder.sample_count(), 0u);
}

TEST(HistogramEncoderTest, StaleMarkersMayEndAChunk) {
  HistogramEncoder encoder;
  ASSERT_TRUE(encoder.Append(1000, Sample(1)));
  ASSERT_TRUE(encoder.Append(2000, Stale()));
  ASSERT_TRUE(encoder.Append(3000, Stale()));
  EXPECT_FALSE(encoder.Append(4000, Sample(2)));
  HistogramColumns out;
  ASSERT_TRUE(DecodeHistograms(ChunkEncoding::kHistogram, encoder.bytes(), out).ok());
  EXPECT_FALSE(IsStaleNan(out.values[0].sum));
  EXPECT_TRUE(IsStaleNan(out.values[1].sum));
  EXPECT_TRUE(out.values[2].positive.empty());
}

TEST(HistogramEncoderTest, KnowsWhatAnIntegerChunkHolds) {
  EXPECT_TRUE(HasWholeCounts(Sample(1)));
  EXPECT_FALSE(HasWholeCounts(Sample(0.5)));
  FloatHistogram negative = Sample(1);
  negative.positive[0] = -1;
  EXPECT_FALSE(HasWholeCounts(negative));
  FloatHistogram huge = Sample(1);
  huge.count = 0x1p54;
  EXPECT_FALSE(HasWholeCounts(huge));
  FloatHistogram nan = Sample(1);
  nan.zero_count = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(HasWholeCounts(nan));
}

TEST(HistogramChunkTest, LayoutsThatContradictThemselvesAreDataLoss) {
  const auto exponential = [](const std::vector<HistogramSpan>& positive, const std::vector<HistogramSpan>& negative) {
    return ChunkWithLayout([&](BitWriter& writer) {
      writer.Write(0, 8);
      WriteVarbitInt(writer, 3);
      WriteSpans(writer, positive);
      WriteSpans(writer, negative);
    });
  };
  const auto custom = [](const std::vector<HistogramSpan>& spans, const std::vector<double>& bounds, bool negative_side = false) {
    return ChunkWithLayout([&](BitWriter& writer) {
      writer.Write(0, 8);
      WriteVarbitInt(writer, kCustomBucketsSchema);
      WriteSpans(writer, spans);
      WriteSpans(writer, negative_side ? spans : std::vector<HistogramSpan>());
      WriteVarbitUint(writer, bounds.size());
      for (const double bound : bounds) {
        writer.Write(0, 1);
        writer.Write(std::bit_cast<uint64_t>(bound), 64);
      }
    });
  };
  constexpr double kInf = std::numeric_limits<double>::infinity();
  struct Case {
    const char* what;
    ByteBuffer chunk;
    bool ok;
  };
  const Case cases[] = {
      {"sound", exponential({{-5, 2}, {0, 3}}, {{7, 1}}), true},
      {"negative gap", exponential({{5, 2}, {-1, 3}}, {}), false},
      {"bucket index beyond 32 bits", exponential({{2147483647, 2}}, {}), false},
      {"more buckets than bytes", exponential({{0, 4000}}, {}), false},
      {"more buckets than bytes, both sides", exponential({{0, 300}}, {{0, 300}}), false},
      {"sound custom", custom({{0, 2}, {0, 1}}, {1, 2}), true},
      {"bucket above the bounds", custom({{0, 4}}, {1, 2}), false},
      {"bucket below the bounds", custom({{-1, 2}}, {1, 2}), false},
      {"bounds out of order", custom({{0, 1}}, {2, 1}), false},
      {"infinite bound", custom({{0, 1}}, {1, kInf}), false},
      {"bound NaN", custom({{0, 1}}, {std::nan("")}), false},
      {"negative custom buckets", custom({{0, 1}}, {1}, true), false},
  };
  for (const Case& c : cases) {
    HistogramColumns out;
    const absl::Status status = DecodeHistograms(ChunkEncoding::kFloatHistogram, c.chunk, out);
    EXPECT_EQ(status.ok(), c.ok) << c.what << ": " << status.message();
    EXPECT_EQ(absl::IsDataLoss(status), !c.ok) << c.what;
    EXPECT_EQ(out.empty(), !c.ok) << c.what;
  }
}

TEST(HistogramChunkTest, UnknownSchemaIsUnimplemented) {
  for (const int schema : {-54, -5, 53}) {
    const ByteBuffer chunk = ChunkWithLayout([&](BitWriter& writer) {
      writer.Write(0, 8);
      WriteVarbitInt(writer, schema);
    });
    HistogramColumns out;
    EXPECT_EQ(DecodeHistograms(ChunkEncoding::kHistogram, chunk, out).code(), absl::StatusCode::kUnimplemented) << schema;
  }
}

// Thousands of empty spans in the layout, then thousands of samples of four bits each: small, but each sample would carry
// all spans.
TEST(HistogramChunkTest, ASmallChunkDoesNotBlowUp) {
  BitWriter writer(3);
  writer.Patch(0, 0xff);
  writer.Patch(1, 0xff);
  writer.Write(0, 8);
  WriteVarbitInt(writer, 0);
  WriteSpans(writer, std::vector<HistogramSpan>(10'000));
  for (int i = 0; i < 5000; ++i) writer.Write(0, 64);
  HistogramColumns out;
  EXPECT_TRUE(absl::IsDataLoss(DecodeHistograms(ChunkEncoding::kHistogram, writer.bytes(), out)));
  EXPECT_TRUE(out.empty());
}

TEST(HistogramChunkTest, LyingCountIsRefusedBeforeAnythingIsDecoded) {
  HistogramEncoder encoder;
  ASSERT_TRUE(encoder.Append(1000, Sample(1)));
  ByteBuffer chunk = encoder.Release();
  chunk[0] = chunk[1] = std::byte{0xff};
  HistogramColumns out;
  EXPECT_TRUE(absl::IsDataLoss(DecodeHistograms(ChunkEncoding::kHistogram, chunk, out)));
  EXPECT_EQ(out.times.capacity(), 0u);
}

TEST(HistogramChunkTest, StartTimesStayAsLongAsTimesAcrossChunks) {
  FloatHistogramEncoder encoder;
  ASSERT_TRUE(encoder.Append(1000, Sample(1)));
  HistogramColumns out;
  out.Append(1, {});
  out.start_times.push_back(1);
  ASSERT_TRUE(DecodeHistograms(ChunkEncoding::kFloatHistogram, encoder.bytes(), out).ok());
  EXPECT_EQ(out.start_times, (std::vector<TimestampMs>{1, 0}));
}

}  // namespace
}  // namespace varve
