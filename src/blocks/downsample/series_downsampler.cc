#include "blocks/downsample/series_downsampler.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/downsample/window_chunks.h"

namespace varve {
namespace {

bool IsHistogram(ChunkEncoding encoding) {
  return encoding != ChunkEncoding::kXor && encoding != ChunkEncoding::kXor2 && encoding != ChunkEncoding::kNone;
}

TimestampMs Before(TimestampMs time) { return time > kMinTimestamp ? time - 1 : time; }

AggrChunkParts PartsOf(ChunkUnit unit) {
  AggrChunkParts parts;
  for (const ChunkView& chunk : unit) {
    const AggrChunkParts::Part part = {chunk.encoding, chunk.data};
    switch (chunk.aggregate) {
      case Aggregate::kCount: parts.count = part; break;
      case Aggregate::kSum: parts.sum = part; break;
      case Aggregate::kMin: parts.min = part; break;
      case Aggregate::kMax: parts.max = part; break;
      case Aggregate::kCounter: parts.counter = part; break;
      case Aggregate::kRaw: break;
    }
  }
  return parts;
}

}  // namespace

SeriesDownsampler::SeriesDownsampler(Options options)
    : options_(std::move(options)),
      floats_(options_.resolutions_ms.front()),
      histograms_(options_.resolutions_ms.front()),
      chunks_(options_.resolutions_ms.size()) {}

absl::Status SeriesDownsampler::Downsample(std::span<const ChunkView> chunks) {
  for (auto& of_level : chunks_) of_level.clear();
  kind_ = Kind::kNone;
  covered_until_ = kMinTimestamp;
  floats_.Release();
  histograms_.Release();
  for (const ChunkUnit unit : ChunkUnits(chunks)) {
    VARVE_RETURN_IF_ERROR(Annotate(AddUnit(unit), "chunk [{}, {}]", unit.front().min_time, unit.front().max_time));
  }
  return EndRun(options_.range.max_exclusive - 1);
}

absl::Status SeriesDownsampler::AddUnit(ChunkUnit unit) {
  const ChunkView& chunk = unit.front();
  if (chunk.encoding == ChunkEncoding::kAggr) {
    VARVE_ASSIGN_OR_RETURN(const AggrChunkParts parts, ParseAggrChunk(chunk.data));
    return AddAggregates(chunk.min_time, parts);
  }
  if (chunk.aggregate != Aggregate::kRaw) return AddAggregates(chunk.min_time, PartsOf(unit));
  samples_.Clear();
  VARVE_RETURN_IF_ERROR(DecodeChunk(chunk.encoding, chunk.data, samples_));
  samples_read_ += samples_.size();
  if (!samples_.floats.empty()) {
    VARVE_RETURN_IF_ERROR(BeginFloats(samples_.floats.times.front()));
    floats_.AddSamples(samples_.floats, covered_until_);
  }
  return AddHistograms(samples_.histograms);
}

absl::Status SeriesDownsampler::AddAggregates(TimestampMs min_time, const AggrChunkParts& parts) {
  VARVE_ASSIGN_OR_RETURN(const uint32_t windows, ChunkSampleCount(parts.count.encoding, parts.count.data));
  samples_read_ += windows;
  if (IsHistogram(parts.counter.encoding)) {
    VARVE_RETURN_IF_ERROR(BeginHistograms(min_time));
    return histograms_.AddAggregates(parts);
  }
  VARVE_RETURN_IF_ERROR(BeginFloats(min_time));
  return floats_.AddAggregates(parts);
}

absl::Status SeriesDownsampler::AddHistograms(HistogramColumns& histograms) {
  for (size_t i = 0; i < histograms.size(); ++i) {
    const TimestampMs time = histograms.times[i];
    if (time <= covered_until_ || histograms.values[i].is_stale()) continue;
    VARVE_RETURN_IF_ERROR(BeginHistograms(time));
    VARVE_RETURN_IF_ERROR(histograms_.AddSample(time, std::move(histograms.values[i])));
  }
  return absl::OkStatus();
}

absl::Status SeriesDownsampler::BeginFloats(TimestampMs time) {
  if (kind_ == Kind::kHistograms) VARVE_RETURN_IF_ERROR(EndRun(Before(time)));
  kind_ = Kind::kFloats;
  return absl::OkStatus();
}

absl::Status SeriesDownsampler::BeginHistograms(TimestampMs time) {
  if (kind_ == Kind::kFloats) VARVE_RETURN_IF_ERROR(EndRun(Before(time)));
  kind_ = Kind::kHistograms;
  return absl::OkStatus();
}

absl::Status SeriesDownsampler::EndRun(TimestampMs end) {
  std::vector<FloatWindow> floats = floats_.Release();
  std::vector<HistogramWindow> histograms = histograms_.Release();
  kind_ = Kind::kNone;
  if (floats.empty() && histograms.empty()) return absl::OkStatus();
  end = std::max(end, floats.empty() ? histograms.back().last_time : floats.back().last_time);
  for (size_t level = 0; level < chunks_.size(); ++level) {
    if (level > 0) {
      floats = Coarsen(floats, options_.resolutions_ms[level]);
      VARVE_ASSIGN_OR_RETURN(histograms, Coarsen(std::move(histograms), options_.resolutions_ms[level]));
    }
    EncodeFloatWindows(floats, options_.resolutions_ms[level], end, chunks_[level]);
    EncodeHistogramWindows(histograms, options_.resolutions_ms[level], end, chunks_[level]);
    covered_until_ = std::max(covered_until_, chunks_[level].back().max_time);
  }
  return absl::OkStatus();
}

}  // namespace varve
