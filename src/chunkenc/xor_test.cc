#include "chunkenc/xor.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "chunkenc/testing/plain_xor.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

using Samples = std::vector<std::pair<TimestampMs, double>>;

ByteBuffer Encode(const Samples& samples) {
  XorEncoder encoder;
  for (const auto& [time, value] : samples) encoder.Append(time, value);
  EXPECT_EQ(encoder.sample_count(), samples.size());
  return encoder.Release();
}

void ExpectRoundTrip(const Samples& samples) {
  FloatColumns out;
  const ByteBuffer chunk = Encode(samples);
  ASSERT_TRUE(DecodeXor(chunk, out).ok());
  ASSERT_EQ(out.size(), samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    ASSERT_EQ(out.times[i], samples[i].first) << i;
    ASSERT_EQ(std::bit_cast<uint64_t>(out.values[i]), std::bit_cast<uint64_t>(samples[i].second)) << i;
  }
}

Samples Jittered(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  Samples samples;
  double counter = 1e6;
  for (size_t i = 0; i < count; ++i) {
    samples.emplace_back(1'700'000'000'000 + static_cast<int64_t>(15000 * i + random() % 20), counter);
    counter += static_cast<double>(random() % 1000);
  }
  return samples;
}

TEST(XorTest, GivesBackWhatWasEncoded) {
  const double inf = std::numeric_limits<double>::infinity();
  ExpectRoundTrip({});
  ExpectRoundTrip({{-5, 1.5}});
  ExpectRoundTrip({{kMinTimestamp, 0}, {kMaxTimestamp, -0.0}, {kMinTimestamp + 1, inf}});
  ExpectRoundTrip({{0, 1}, {15000, StaleNan()}, {30000, std::bit_cast<double>(kNormalNanBits)}, {45000, -inf}, {60000, 1}});
  ExpectRoundTrip(Jittered(120, 1));
  ExpectRoundTrip(Jittered(XorEncoder::kSamplesMax, 2));
}

TEST(XorTest, EveryWidthOfDeltaOfDelta) {
  Samples samples = {{0, 1}, {1'000'000'000'000, 1}};
  TimestampMs delta = 1'000'000'000'000;
  for (const int bits : {1, 14, 17, 20, 30}) {
    for (const int64_t edge : {-1, 0, 1}) {
      for (const int64_t sign : {-1, 1}) {
        delta += sign * ((int64_t{1} << (bits - 1)) + edge);
        samples.emplace_back(samples.back().first + delta, static_cast<double>(samples.size() / 3));
      }
    }
  }
  ExpectRoundTrip(samples);
}

TEST(XorTest, LongRunsOfUnchangedSamples) {
  for (size_t count = 1; count < 300; ++count) {
    Samples samples;
    for (size_t i = 0; i < count; ++i) samples.emplace_back(1000 * i, i + 1 < count ? 7.0 : 8.0);
    ExpectRoundTrip(samples);
  }
}

TEST(XorTest, BytesAreWholeAfterEveryAppend) {
  XorEncoder encoder;
  const Samples samples = Jittered(40, 3);
  for (size_t i = 0; i < samples.size(); ++i) {
    encoder.Append(samples[i].first, samples[i].second);
    FloatColumns out;
    ASSERT_TRUE(DecodeXor(encoder.bytes(), out).ok());
    ASSERT_EQ(out.size(), i + 1);
    EXPECT_EQ(out.times.back(), samples[i].first);
    EXPECT_EQ(out.values.back(), samples[i].second);
  }
}

TEST(XorTest, AppendsToWhatIsThere) {
  FloatColumns out;
  out.Append(1, 1);
  out.start_times.push_back(1);
  ASSERT_TRUE(DecodeXor(Encode({{2, 2}, {3, 3}}), out).ok());
  EXPECT_EQ(out.times, (std::vector<TimestampMs>{1, 2, 3}));
  EXPECT_EQ(out.start_times, (std::vector<TimestampMs>{1, 0, 0}));
}

TEST(XorTest, GivesAtLeastTheSamplesUpToATime) {
  const Samples samples = Jittered(120, 6);
  const ByteBuffer chunk = Encode(samples);
  FloatColumns all;
  ASSERT_TRUE(DecodeXor(chunk, all).ok());
  for (size_t last = 0; last < samples.size(); ++last) {
    FloatColumns some;
    some.Append(1, 1);
    ASSERT_TRUE(DecodeXor(chunk, some, samples[last].first).ok());
    ASSERT_GT(some.size(), last + 1);
    ASSERT_EQ(some.values.size(), some.times.size());
    for (size_t i = 1; i < some.size(); ++i) ASSERT_EQ(some.times[i], all.times[i - 1]);
    if (last < 60) {
      EXPECT_LT(some.size(), 100u);
    }
  }
  FloatColumns none;
  ASSERT_TRUE(DecodeXor(chunk, none, 0).ok());
  EXPECT_LE(none.size(), 2u);
}

TEST(XorTest, TruncationAnywhereIsDataLossAndLeavesTheColumnsAlone) {
  const ByteBuffer chunk = Encode(Jittered(120, 4));
  FloatColumns out;
  out.Append(1, 1);
  for (size_t size = 0; size < chunk.size(); ++size) {
    const ByteBuffer cut(chunk.begin(), chunk.begin() + static_cast<ptrdiff_t>(size));  // its own allocation, for ASan
    EXPECT_TRUE(absl::IsDataLoss(DecodeXor(cut, out))) << size;
    EXPECT_EQ(out.times.size(), 1u);
    EXPECT_EQ(out.values.size(), 1u);
  }
}

TEST(XorTest, LyingCountAllocatesNothing) {
  ByteBuffer chunk = Encode({{1, 1}});
  chunk[0] = chunk[1] = std::byte{0xff};
  FloatColumns out;
  EXPECT_TRUE(absl::IsDataLoss(DecodeXor(chunk, out)));
  EXPECT_EQ(out.times.capacity(), 0u);
}

TEST(XorTest, WindowWiderThan64BitsIsDataLoss) {
  BitWriter writer(2);
  writer.Patch(1, 2);
  writer.WriteVarint(0);
  writer.Write(0, 64);
  writer.WriteUvarint(1);
  writer.Write(0b11 << 11 | 31 << 6 | 63, 13);
  writer.Write(1, 63);
  FloatColumns out;
  EXPECT_TRUE(absl::IsDataLoss(DecodeXor(writer.bytes(), out)));
}

TEST(XorTest, AgreesWithThePlainDecoderOnDamagedChunks) {
  std::mt19937_64 random(5);
  int decoded = 0;
  for (int round = 0; round < 20'000; ++round) {
    ByteBuffer chunk = Encode(Jittered(random() % 20, static_cast<uint64_t>(round)));
    chunk.resize(chunk.size() + random() % 30);
    for (uint64_t i = random() % 4; i > 0; --i) chunk[1 + random() % (chunk.size() - 1)] = static_cast<std::byte>(random());
    FloatColumns ours, plain;
    const bool ok = DecodeXor(chunk, ours).ok();
    ASSERT_EQ(ok, PlainDecodeXor(chunk, plain).ok()) << round;
    if (!ok) continue;
    ++decoded;
    ASSERT_EQ(ours.times, plain.times);
    for (size_t i = 0; i < ours.size(); ++i) {
      ASSERT_EQ(std::bit_cast<uint64_t>(ours.values[i]), std::bit_cast<uint64_t>(plain.values[i]));
    }
  }
  EXPECT_GT(decoded, 5000);
}

}  // namespace
}  // namespace varve
