// A chunk of any encoding, or of aggregates, is downsampled or fails cleanly. What came out has as many samples as went in, can be
// downsampled again, and is read by every function as stores send it.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "blocks/downsample/series_downsampler.h"
#include "store/spread_windows.h"
#include "store/unit_samples.h"
#include "store/window_values.h"

namespace {

using varve::Aggregate;
using varve::ChunkEncoding;
using varve::ChunkView;

constexpr varve::BlockRange kEver{varve::kMinTimestamp, varve::kMaxTimestamp};

double CountOf(const varve::OwnedChunk& chunk) {
  const auto parts = varve::ParseAggrChunk(chunk.data);
  VARVE_CHECK(parts.ok());
  varve::SeriesSamples counts;
  VARVE_CHECK(varve::DecodeChunk(parts->count.encoding, parts->count.data, counts).ok());
  double count = 0;
  for (const double value : counts.floats.values) count += value;
  return count;
}

void ReadAsEverything(const std::vector<varve::OwnedChunk>& chunks) {
  std::vector<ChunkView> views;
  for (const varve::OwnedChunk& chunk : chunks) {
    const auto parts = varve::ParseAggrChunk(chunk.data);
    for (const Aggregate aggregate :
         {Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax, Aggregate::kCounter}) {
      const auto& part = parts->of(aggregate);
      if (part.encoding == ChunkEncoding::kNone) continue;
      views.push_back({chunk.min_time, chunk.max_time, part.encoding, aggregate, part.data});
    }
  }
  const auto units = varve::ChunkUnits(views);
  const auto parts = varve::MixResolutions(units);
  VARVE_CHECK(parts.ok());
  const varve::ResolutionMap resolutions(*parts);
  constexpr varve::QueryRange kSane{-1'000'000'000'000'000, 1'000'000'000'000'000};
  for (const varve::ReadAs as : {varve::ReadAs::kAverage, varve::ReadAs::kCount, varve::ReadAs::kSum, varve::ReadAs::kCounter}) {
    varve::SeriesSamples samples;
    VARVE_CHECK(varve::ReadUnits(*parts, {.as = as, .apply_resets = as == varve::ReadAs::kCounter}, kSane, samples).ok());
    if (samples.floats.empty()) continue;
    const auto values = varve::NewWindowValues(varve::WindowFunction::kIncrease, samples.floats, {}, resolutions);
    (void)values->Evaluate("increase",
                           {.first_end = samples.floats.times.front(), .step_ms = 60'001, .count = 100, .range_ms = 600'000});
    varve::SpreadWindows(resolutions, 60'000, true, samples.floats);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ChunkView chunk = {.min_time = 0,
                           .max_time = varve::kMaxTimestamp,
                           .encoding = static_cast<ChunkEncoding>(data[0]),
                           .data = std::as_bytes(std::span(data + 1, size - 1))};
  varve::SeriesDownsampler first({.resolutions_ms = {varve::kFiveMinutesMs, varve::kOneHourMs}, .range = kEver});
  if (!first.Downsample({&chunk, 1}).ok()) return 0;
  double counts[2] = {};
  for (size_t level = 0; level < 2; ++level) {
    for (const varve::OwnedChunk& out : first.chunks(level)) counts[level] += CountOf(out);
    ReadAsEverything(first.chunks(level));
  }
  if (chunk.encoding != ChunkEncoding::kAggr) {
    VARVE_CHECK(counts[0] == counts[1] && counts[0] <= static_cast<double>(first.samples_read()));
  }
  std::vector<ChunkView> again;
  for (const varve::OwnedChunk& out : first.chunks(0)) again.push_back(out.view());
  varve::SeriesDownsampler second({.resolutions_ms = {varve::kOneHourMs}, .range = kEver});
  VARVE_CHECK(second.Downsample(again).ok());
  return 0;
}
