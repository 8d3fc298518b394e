// A fleet of web servers as Prometheus sees it: what the benchmarks' blocks hold.
//
// Shape    every instance has the same hundred series: request counters by path and code, latency buckets, CPU seconds,
//          temperatures, memory, a version. Scraped every 15 s at an offset of its own, a tenth of the scrapes a millisecond early
//          or late, restarted once in the time. No sample has a time that ends in 0 ms, so that the ranges of a query at such times
//          hold the same samples whether they are open to the left (Prometheus 3) or closed (2).
// Source   none; the numbers are drawn from the seed of the series.
#pragma once

#include <cstdint>
#include <vector>

#include "model/labels.h"
#include "model/sample.h"

namespace varve::bench {

inline constexpr int64_t kScrapeMs = 15'000;

enum class Signal : uint8_t { kRequests, kLatencyBucket, kLatencySum, kCpuSeconds, kTemperature, kMemory, kOne, kNativeLatency };

struct FleetSeries {
  Labels labels;
  Signal signal;
  uint32_t instance;
  uint32_t seed;    // what it counts; equal for the buckets of one histogram
  uint32_t bucket;  // of a latency histogram
};

// Floats, in label order.
std::vector<FleetSeries> FloatSeries(uint32_t instances);
// Native histograms, one an instance, in label order.
std::vector<FleetSeries> NativeSeries(uint32_t instances);

// The samples of [start, end).
void Generate(const FleetSeries& series, TimestampMs start, TimestampMs end, SeriesSamples& out);

}  // namespace varve::bench
