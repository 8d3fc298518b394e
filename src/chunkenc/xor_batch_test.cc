#include "chunkenc/xor_batch.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>
#include <span>
#include <vector>

#include "chunkenc/xor.h"
#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

// Chunks of every kind of series: their times are on time, jittered or with gaps, their values change by little, by much or never.
ByteBuffer RandomChunk(std::mt19937_64& random) {
  const uint64_t times = random() % 5, values = random() % 6;
  const size_t count = random() % 4 == 0 ? random() % 300 : 120;
  XorEncoder encoder;
  int64_t time = 1'700'000'000'000;
  double value = static_cast<double>(random() % 1'000'000);
  for (size_t i = 0; i < count; ++i) {
    encoder.Append(time, value);
    time += 15'000;
    if (times == 1) time += static_cast<int64_t>(random() % 20);
    if (times == 2 && random() % 10 == 0) time += static_cast<int64_t>(random() % 100'000);
    if (times == 3) time += static_cast<int64_t>(random() % (1 << 19));
    if (times == 4 && random() % 50 == 0) time += static_cast<int64_t>(random() % (int64_t{1} << 40));
    if (values == 1) value += static_cast<double>(random() % 500);
    if (values == 2) value = std::bit_cast<double>(random());
    if (values == 3) value += std::sin(static_cast<double>(random() % 1000));
    if (values == 4 && random() % 20 == 0) value += 1;
    if (values == 5) value = random() % 2 == 0 ? -value : value * 2;
  }
  return encoder.Release();
}

// What the chunks are one by one; empty if one of them does not decode.
FloatColumns OneByOne(std::span<const Bytes> chunks, bool& ok) {
  FloatColumns out;
  ok = true;
  for (const Bytes chunk : chunks) ok = ok && DecodeXor(chunk, out).ok();
  return out;
}

void ExpectSameAsOneByOne(const std::vector<ByteBuffer>& chunks) {
  const std::vector<Bytes> views(chunks.begin(), chunks.end());
  bool ok;
  const FloatColumns expected = OneByOne(views, ok);
  FloatColumns out;
  out.Append(-1, -1);
  ASSERT_EQ(DecodeXorBatch(views, out).ok(), ok);
  ASSERT_EQ(out.size(), 1 + (ok ? expected.size() : 0));
  ASSERT_EQ(out.values.size(), out.times.size());
  for (size_t i = 1; i < out.size(); ++i) {
    ASSERT_EQ(out.times[i], expected.times[i - 1]) << i;
    ASSERT_EQ(std::bit_cast<uint64_t>(out.values[i]), std::bit_cast<uint64_t>(expected.values[i - 1])) << i;
  }
}

TEST(XorBatchTest, DecodesAsOneByOne) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<ByteBuffer> chunks(random() % (kXorBatchMax + 1));
    for (ByteBuffer& chunk : chunks) chunk = RandomChunk(random);  // each its own allocation, for ASan
    ExpectSameAsOneByOne(chunks);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
}

TEST(XorBatchTest, DamagedChunksAreToldAsOneByOne) {
  std::mt19937_64 random(2);
  int damaged = 0;
  for (int round = 0; round < 10'000; ++round) {
    std::vector<ByteBuffer> chunks(4 + random() % (kXorBatchMax - 3));
    for (ByteBuffer& chunk : chunks) chunk = RandomChunk(random);
    ByteBuffer& victim = chunks[random() % chunks.size()];
    if (random() % 2 == 0) victim.resize(random() % (victim.size() + 1));
    for (uint64_t i = random() % 4; i > 0 && !victim.empty(); --i) {
      victim[random() % victim.size()] = static_cast<std::byte>(random());
    }
    const std::vector<Bytes> views(chunks.begin(), chunks.end());
    bool ok;
    OneByOne(views, ok);
    damaged += ok ? 0 : 1;
    ExpectSameAsOneByOne(chunks);
    if (HasFatalFailure()) FAIL() << "round " << round;
  }
  EXPECT_GT(damaged, 2'000);
}

TEST(XorBatchTest, StartTimesStayAsLongAsTimes) {
  std::mt19937_64 random(3);
  std::vector<ByteBuffer> chunks(8);
  for (ByteBuffer& chunk : chunks) chunk = RandomChunk(random);
  const std::vector<Bytes> views(chunks.begin(), chunks.end());
  FloatColumns out;
  out.Append(1, 1);
  out.start_times.push_back(1);
  ASSERT_TRUE(DecodeXorBatch(views, out).ok());
  EXPECT_EQ(out.start_times.size(), out.times.size());
}

}  // namespace
}  // namespace varve
