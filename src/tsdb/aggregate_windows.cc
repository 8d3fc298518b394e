#include "tsdb/aggregate_windows.h"

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/histogram_encoder.h"
#include "chunkenc/xor_encoder.h"
#include "tsdb/samples_agree.h"

namespace varve {
namespace {

constexpr Aggregate kAggregates[] = {Aggregate::kCount, Aggregate::kSum, Aggregate::kMin, Aggregate::kMax, Aggregate::kCounter};

const std::vector<TimestampMs>& TimesOf(const SeriesSamples& samples) {
  return samples.floats.empty() ? samples.histograms.times : samples.floats.times;
}

// The value of a window; null if there is none with this stamp.
template <typename Columns>
const auto* Find(const Columns& columns, TimestampMs stamp) {
  const auto found = std::ranges::lower_bound(columns.times, stamp);
  const bool there = found != columns.times.end() && *found == stamp;
  return there ? &columns.values[static_cast<size_t>(found - columns.times.begin())] : nullptr;
}

template <typename Value>
bool SameValue(const Value* a, const Value* b) {
  return (a == nullptr) == (b == nullptr) && (a == nullptr || SameBits(*a, *b));
}

absl::StatusOr<ByteBuffer> EncodeFloats(const FloatColumns& floats, std::optional<double> raw_value) {
  XorEncoder encoder;
  for (size_t i = 0; i < floats.size(); ++i) encoder.Append(floats.times[i], floats.values[i]);
  if (raw_value.has_value() && !floats.empty()) encoder.Append(floats.times.back(), *raw_value);
  return encoder.Release();
}

absl::StatusOr<ByteBuffer> EncodeHistograms(const HistogramColumns& histograms) {
  FloatHistogramEncoder encoder;
  for (size_t i = 0; i < histograms.size(); ++i) {
    if (encoder.Append(histograms.times[i], histograms.values[i])) continue;
    return DataLoss("the histograms of an aggregate chunk do not belong into one, from {} on", histograms.times[i]);
  }
  return encoder.Release();
}

}  // namespace

absl::StatusOr<AggregateWindows> AggregateWindows::Read(const ChunkView& chunk) {
  VARVE_ASSIGN_OR_RETURN(const AggrChunkParts parts, ParseAggrChunk(chunk.data));
  AggregateWindows windows;
  windows.min_time_ = chunk.min_time;
  for (const Aggregate aggregate : kAggregates) {
    const AggrChunkParts::Part& encoded = parts.of(aggregate);
    if (encoded.encoding == ChunkEncoding::kNone) continue;
    Part& part = windows.part(aggregate);
    part.there = true;
    VARVE_RETURN_IF_ERROR(DecodeChunk(encoded.encoding, encoded.data, part.samples));
  }
  FloatColumns& counter = windows.part(Aggregate::kCounter).samples.floats;
  const size_t size = counter.size();
  if (size >= 2 && counter.times[size - 1] == counter.times[size - 2]) {
    windows.raw_value_ = counter.values.back();
    counter.Resize(size - 1);
  }
  return windows;
}

void AggregateWindows::Erase(const DeletedIntervals& deleted) {
  const TimestampMs first = size() > 0 ? stamps().front() : kMaxTimestamp;
  for (Part& part : parts_) EraseDeleted(deleted, part.samples);
  if (size() == 0) return;
  if (stamps().front() != first) min_time_ = stamps().front();
  const std::vector<TimestampMs>& counter = TimesOf(part(Aggregate::kCounter).samples);
  if (!counter.empty()) min_time_ = std::min(min_time_, counter.front());
}

bool AggregateWindows::Agrees(const AggregateWindows& other, TimestampMs stamp) const {
  if (Find(part(Aggregate::kCount).samples.floats, stamp) == nullptr) return false;
  return std::ranges::all_of(kAggregates, [&](Aggregate aggregate) {
    if (aggregate == Aggregate::kCounter) return true;  // its totals are each chunk's own
    const SeriesSamples &a = part(aggregate).samples, &b = other.part(aggregate).samples;
    return SameValue(Find(a.floats, stamp), Find(b.floats, stamp)) &&
           SameValue(Find(a.histograms, stamp), Find(b.histograms, stamp));
  });
}

void AggregateWindows::ContinueBehind(const AggregateWindows& before) {
  const TimestampMs end = before.stamps().back();
  FloatColumns& counter = part(Aggregate::kCounter).samples.floats;
  const auto behind = std::ranges::upper_bound(counter.times, end);
  if (before.raw_value_.has_value() && behind != counter.times.begin()) {
    const double total = counter.values[static_cast<size_t>(behind - counter.times.begin()) - 1];
    for (double& value : counter.values) value += *before.raw_value_ - total;
  }
  Erase({{kMinTimestamp, end}});
}

absl::StatusOr<OwnedChunk> AggregateWindows::Encode() const {
  std::array<ByteBuffer, 5> bytes;
  std::array<AggrChunkParts::Part, 5> encoded;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const SeriesSamples& samples = parts_[i].samples;
    if (!parts_[i].there) continue;
    const bool counter = kAggregates[i] == Aggregate::kCounter;
    if (!samples.histograms.empty()) {
      VARVE_ASSIGN_OR_RETURN(bytes[i], EncodeHistograms(samples.histograms));
      encoded[i] = {ChunkEncoding::kFloatHistogram, bytes[i]};
    } else {
      VARVE_ASSIGN_OR_RETURN(bytes[i], EncodeFloats(samples.floats, counter ? raw_value_ : std::nullopt));
      encoded[i] = {ChunkEncoding::kXor, bytes[i]};
    }
  }
  return OwnedChunk{.min_time = min_time_,
                    .max_time = stamps().back(),
                    .encoding = ChunkEncoding::kAggr,
                    .data = EncodeAggrChunk({encoded[0], encoded[1], encoded[2], encoded[3], encoded[4]})};
}

absl::StatusOr<std::vector<OwnedChunk>> JoinWindows(std::span<const ChunkView> chunks) {
  std::vector<OwnedChunk> joined;
  std::optional<AggregateWindows> before;
  for (const ChunkView& chunk : chunks) {
    if (chunk.encoding != ChunkEncoding::kAggr)
      return FailedPrecondition("raw and downsampled chunks overlap at {}", chunk.min_time);
    VARVE_ASSIGN_OR_RETURN(AggregateWindows windows, AggregateWindows::Read(chunk));
    if (windows.size() == 0) continue;
    if (before.has_value()) {
      const TimestampMs end = before->stamps().back();
      for (const TimestampMs stamp : windows.stamps()) {
        if (stamp > end || before->Agrees(windows, stamp)) continue;
        return FailedPrecondition("downsampled chunks overlap and differ at {}: they cannot be merged without their raw samples",
                                  stamp);
      }
      if (windows.stamps().back() <= end) continue;  // all of it is there
      if (windows.stamps().front() <= end) windows.ContinueBehind(*before);
    }
    VARVE_ASSIGN_OR_RETURN(OwnedChunk encoded, windows.Encode());
    if (!joined.empty()) encoded.min_time = std::max(encoded.min_time, joined.back().max_time + 1);
    joined.push_back(std::move(encoded));
    before = std::move(windows);
  }
  return joined;
}

}  // namespace varve
