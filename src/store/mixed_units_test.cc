#include "store/mixed_units.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "blocks/downsample/resolution.h"
#include "store/spread_windows.h"
#include "store/testing/fake_store.h"

namespace varve {
namespace {

using testing::ElementsAre;
using testing::Pair;

// A chunk of windows of `resolution` from `start` to before `end`.
void AddWindows(ChunkSeries& series, int64_t resolution, TimestampMs start, TimestampMs end) {
  std::vector<FakeSample> samples;
  for (TimestampMs time = start; time < end; time += resolution) samples.push_back({time + resolution - 1, 1});
  AddAggregates(series, {{Aggregate::kSum, samples}});
}

void AddRaw(ChunkSeries& series, TimestampMs start, TimestampMs end) {
  std::vector<FakeSample> samples;
  for (TimestampMs time = start; time < end; time += 15'000) samples.push_back({time, 1});
  AddXorChunk(series, samples);
}

// "5m 0-10 raw 10-20": resolutions with the minutes in which they count.
std::string Mix(ChunkSeries& series) {
  OrderChunks(series.chunks);
  const auto parts = MixResolutions(ChunkUnits(series.chunks));
  EXPECT_TRUE(parts.ok()) << parts.status();
  std::string text;
  for (const UnitPart& part : *parts) {
    const char* name = part.resolution_ms == kOneHourMs ? "1h" : part.resolution_ms == kFiveMinutesMs ? "5m" : "raw";
    text += fmt::format("{}{} {}-{}{}", text.empty() ? "" : ", ", name, part.range.min / 60'000,
                        part.range.max_inclusive / 60'000, part.whole ? "" : " of more");
  }
  return text;
}

TEST(MixedUnitsTest, WhatDoesNotOverlapStays) {
  ChunkSeries series;
  AddWindows(series, kOneHourMs, 0, 4 * kOneHourMs);
  AddWindows(series, kFiveMinutesMs, 4 * kOneHourMs, 5 * kOneHourMs);
  AddRaw(series, 5 * kOneHourMs + 20'000, 6 * kOneHourMs);
  EXPECT_EQ(Mix(series), "1h 59-239, 5m 244-299, raw 300-359");
}

TEST(MixedUnitsTest, WindowsGiveWayToFinerDataThatReachOverThem) {
  ChunkSeries series;
  AddWindows(series, kOneHourMs, 0, 4 * kOneHourMs);
  AddWindows(series, kFiveMinutesMs, kOneHourMs, 3 * kOneHourMs + kOneHourMs / 2);
  // The last hour stays, and takes the half of it that the finer data have.
  EXPECT_EQ(Mix(series), "1h 0-59 of more, 5m 60-179 of more, 1h 180-239 of more");
}

TEST(MixedUnitsTest, RawSamplesStandForTheTimeUntilTheNextOnes) {
  ChunkSeries series;
  AddWindows(series, kFiveMinutesMs, 0, kOneHourMs);
  AddRaw(series, 20 * 60'000 + 14'000, 40 * 60'000);      // whole windows, although the first sample comes late
  AddRaw(series, 50 * 60'000 + 16'000, 55 * 60'000 - 1);  // one sample short of a window
  EXPECT_EQ(Mix(series), "5m 0-19 of more, raw 20-39, 5m 40-59 of more");
}

TEST(MixedUnitsTest, ChunksThatTheStoreNarrowedCountAsFarAsTheySay) {
  ChunkSeries series;
  AddWindows(series, kOneHourMs, 0, 10 * kOneHourMs);
  series.chunks[0].min_time = 2 * kOneHourMs;
  series.chunks[0].max_time = 4 * kOneHourMs - 1;
  EXPECT_EQ(Mix(series), "1h 120-239 of more");
}

std::vector<std::pair<TimestampMs, double>> Spread(bool interpolate, int64_t spacing) {
  ChunkSeries series;
  AddWindows(series, kOneHourMs, 0, 2 * kOneHourMs);
  const auto units = ChunkUnits(series.chunks);
  const ResolutionMap resolutions(*MixResolutions(units));
  FloatColumns samples;
  samples.Append(kOneHourMs - 1, 10);
  samples.Append(2 * kOneHourMs - 1, 20);
  SpreadWindows(resolutions, spacing, interpolate, samples);
  std::vector<std::pair<TimestampMs, double>> spread;
  for (size_t i = 0; i < samples.size(); ++i) spread.emplace_back((samples.times[i] + 1) / 60'000, samples.values[i]);
  return spread;
}

TEST(SpreadWindowsTest, ASampleIsFoundWhereverTheWindowReaches) {
  EXPECT_THAT(Spread(false, 20 * 60'000),
              ElementsAre(Pair(0, 10), Pair(20, 10), Pair(40, 10), Pair(60, 10), Pair(80, 20), Pair(100, 20), Pair(120, 20)));
  EXPECT_THAT(Spread(true, 30 * 60'000), ElementsAre(Pair(0, 10), Pair(30, 10), Pair(60, 10), Pair(90, 15), Pair(120, 20)));
  EXPECT_THAT(Spread(false, kOneHourMs), ElementsAre(Pair(0, 10), Pair(60, 10), Pair(120, 20)));
}

}  // namespace
}  // namespace varve
