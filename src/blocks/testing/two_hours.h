// What tests of compaction put into blocks of two hours, and whether it is still there.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tsdb/testing/block_builder.h"

namespace varve {

inline constexpr TimestampMs kHour = 3'600'000;
using Content = std::map<Labels, SeriesSamples>;

inline std::map<std::string, std::string> Cluster(const std::string& name) { return {{"cluster", name}}; }

// Two hours of a few series, from `begin` on; `salt` changes the values.
inline BlockBuilder TwoHours(TimestampMs begin, double salt = 0, TimestampMs offset = 0) {
  BlockBuilder builder;
  for (int series = 0; series < 4; ++series) {
    const Labels labels{{"__name__", "requests_total"}, {"pod", fmt::format("p{}", series)}};
    for (int i = 0; i < 240; ++i) builder.Add(labels, begin + offset + i * 30'000, i * (series + 1) + salt);
  }
  const Labels latency{{"__name__", "latency"}};
  for (int i = 0; i < 240; ++i) {
    FloatHistogram histogram;
    histogram.positive_spans = {{1, 2}};
    histogram.positive = {1.0 + i, 2.0};
    histogram.count = 3.0 + i;
    histogram.sum = i + salt;
    builder.Add(latency, begin + offset + i * 30'000, histogram);
  }
  return builder;
}

inline BlockWriterOptions Range(TimestampMs begin, TimestampMs hours = 2) {
  return {.range = BlockRange{begin, begin + hours * kHour}};
}

inline void ExpectSame(const Content& a, const Content& b) {
  ASSERT_EQ(a.size(), b.size());
  for (auto at = a.begin(), bt = b.begin(); at != a.end(); ++at, ++bt) {
    ASSERT_EQ(at->first, bt->first);
    EXPECT_EQ(at->second.floats.times, bt->second.floats.times) << at->first.ToString();
    EXPECT_EQ(at->second.floats.values, bt->second.floats.values) << at->first.ToString();
    EXPECT_EQ(at->second.histograms.times, bt->second.histograms.times) << at->first.ToString();
  }
}

}  // namespace varve
