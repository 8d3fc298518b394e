#include "tsdb/aggregate_windows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chunkenc/xor_encoder.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// A counter that rises by 10 from window to window, and falls to 0 before window 4; windows end at 1000, 2000, ...
double RawAt(int window) { return window < 4 ? window * 10 : (window - 4) * 10; }

// Windows [from, to) of that counter in one chunk.
OwnedChunk Windows(int from, int to, double sum_offset = 0) {
  XorEncoder count, sum, counter;
  double total = RawAt(from);
  counter.Append(from * 1000 - 500, total);
  for (int i = from; i < to; ++i) {
    if (i > from) total += RawAt(i) < RawAt(i - 1) ? RawAt(i) : RawAt(i) - RawAt(i - 1);
    count.Append(i * 1000, i);
    sum.Append(i * 1000, i * 100 + sum_offset);
    counter.Append(i * 1000, total);
  }
  counter.Append((to - 1) * 1000, RawAt(to - 1));
  const AggrChunkParts::Part sums{ChunkEncoding::kXor, sum.bytes()};
  return {.min_time = from * 1000 - 500,
          .max_time = (to - 1) * 1000,
          .encoding = ChunkEncoding::kAggr,
          .data = EncodeAggrChunk({.count = {ChunkEncoding::kXor, count.bytes()},
                                   .sum = sums,
                                   .min = sums,
                                   .max = sums,
                                   .counter = {ChunkEncoding::kXor, counter.bytes()}})};
}

FloatColumns Decode(const OwnedChunk& chunk, Aggregate aggregate) {
  SeriesSamples samples;
  const AggrChunkParts parts = *ParseAggrChunk(chunk.data);
  EXPECT_TRUE(DecodeChunk(parts.of(aggregate).encoding, parts.of(aggregate).data, samples).ok());
  return samples.floats;
}

// What a counter rose over some chunks: a step down is a reset, a time that repeats tells the last raw value.
double Rise(const std::vector<OwnedChunk>& chunks) {
  double rise = 0;
  std::optional<double> last;
  TimestampMs last_time = kMinTimestamp;
  for (const OwnedChunk& chunk : chunks) {
    const FloatColumns counter = Decode(chunk, Aggregate::kCounter);
    for (size_t i = 0; i < counter.size(); ++i) {
      if (last.has_value() && counter.times[i] > last_time) {
        rise += counter.values[i] < *last ? counter.values[i] : counter.values[i] - *last;
      }
      last = counter.values[i];
      last_time = counter.times[i];
    }
  }
  return rise;
}

TEST(AggregateWindowsTest, ChunksThatRepeatEachOtherBecomeOneLine) {
  const double whole = Rise({Windows(1, 10)});
  const struct {
    std::vector<std::pair<int, int>> chunks;
    size_t left;
  } kCases[] = {
      {{{1, 6}, {3, 10}}, 2},          // one begins within the other, before the reset
      {{{1, 6}, {5, 10}}, 2},          // behind the reset
      {{{1, 10}, {3, 6}}, 1},          // within
      {{{1, 10}, {1, 10}}, 1},         // the same
      {{{1, 4}, {2, 7}, {6, 10}}, 3},  // in a row
      {{{1, 6}, {6, 10}}, 2},          // no overlap
  };
  for (const auto& [ranges, left] : kCases) {
    std::vector<OwnedChunk> chunks;
    std::vector<ChunkView> views;
    for (const auto& [from, to] : ranges) chunks.push_back(Windows(from, to));
    for (const OwnedChunk& chunk : chunks) views.push_back(chunk.view());
    const auto joined = JoinWindows(views);
    ASSERT_TRUE(joined.ok()) << joined.status();
    EXPECT_THAT(*joined, SizeIs(left));
    std::vector<TimestampMs> stamps;
    TimestampMs end = kMinTimestamp;
    for (const OwnedChunk& chunk : *joined) {
      EXPECT_GT(chunk.min_time, end);
      end = chunk.max_time;
      const FloatColumns counts = Decode(chunk, Aggregate::kCount);
      stamps.insert(stamps.end(), counts.times.begin(), counts.times.end());
    }
    EXPECT_THAT(stamps, ElementsAre(1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000));
    EXPECT_EQ(Rise(*joined), whole);
  }
}

TEST(AggregateWindowsTest, ChunksThatContradictEachOtherAreRefused) {
  const OwnedChunk first = Windows(1, 6), other = Windows(3, 9, /*sum_offset=*/1);
  const std::vector<ChunkView> chunks = {first.view(), other.view()};
  EXPECT_THAT(std::string(JoinWindows(chunks).status().message()), HasSubstr("differ at 3000"));
  EXPECT_TRUE(absl::IsFailedPrecondition(JoinWindows(chunks).status()));
}

TEST(AggregateWindowsTest, WindowsThatInterleaveAreRefused) {
  const OwnedChunk first = Windows(1, 6);
  AggregateWindows odd = *AggregateWindows::Read(first.view());
  odd.Erase({{2000, 2000}, {4000, 4000}});
  const OwnedChunk with_gaps = *odd.Encode(), whole = Windows(2, 8);
  const std::vector<ChunkView> chunks = {with_gaps.view(), whole.view()};
  EXPECT_TRUE(absl::IsFailedPrecondition(JoinWindows(chunks).status()));
}

}  // namespace
}  // namespace varve
