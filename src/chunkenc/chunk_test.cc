#include "chunkenc/chunk.h"

#include <gtest/gtest.h>

#include "chunkenc/testing/golden.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

TEST(ChunkTest, UnknownEncodingsAreUnimplemented) {
  SeriesSamples out;
  for (const int encoding : {0, 7, 100}) {
    EXPECT_EQ(DecodeChunk(static_cast<ChunkEncoding>(encoding), {}, out).code(), absl::StatusCode::kUnimplemented);
  }
}

TEST(ChunkTest, AChunkOfAggregatesIsNotDecodedWhole) {
  SeriesSamples out;
  EXPECT_TRUE(absl::IsInvalidArgument(DecodeChunk(ChunkEncoding::kAggr, FromHex("0000000000"), out)));
}

TEST(ChunkTest, AggregatesThatDoNotAddUpAreDataLoss) {
  const char* const chunks[] = {
      "",                              // nothing at all
      "00000000",                      // four of five
      "000000000000",                  // a sixth
      "0501000000000000",              // longer than the bytes
      "01ff0000000000",                // aggregates within aggregates
      "0100000000000000",              // of no encoding
      "ffffffffffffffffff7f01000000",  // a length of 2^63
      "ffffffffffffffffffff01",        // an overlong varint
  };
  for (const char* hex : chunks) {
    EXPECT_TRUE(absl::IsDataLoss(ParseAggrChunk(FromHex(hex)).status())) << hex;
    EXPECT_TRUE(absl::IsDataLoss(ChunkSampleCount(ChunkEncoding::kAggr, FromHex(hex)).status())) << hex;
  }
}

TEST(ChunkTest, CountsSamplesWithoutDecoding) {
  XorEncoder encoder;
  for (int i = 0; i < 300; ++i) encoder.Append(i, i);
  EXPECT_EQ(*ChunkSampleCount(ChunkEncoding::kXor, encoder.bytes()), 300u);
  EXPECT_EQ(*ChunkSampleCount(ChunkEncoding::kHistogramSt, FromHex("c00500")), 5u);  // the reset hint is in the same word
  EXPECT_EQ(*ChunkSampleCount(ChunkEncoding::kAggr, FromHex("0000000000")), 0u);
  EXPECT_TRUE(absl::IsDataLoss(ChunkSampleCount(ChunkEncoding::kXor, FromHex("00")).status()));
}

}  // namespace
}  // namespace varve
