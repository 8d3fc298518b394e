#include "store/mixed_units.h"

#include <algorithm>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "blocks/downsample/resolution.h"

namespace varve {
namespace {

bool IsDownsampled(ChunkUnit unit) { return unit.front().aggregate != Aggregate::kRaw; }

// The ends of a downsampled unit's windows.
absl::StatusOr<std::vector<TimestampMs>> Stamps(ChunkUnit unit) {
  const ChunkView& chunk = unit.front();
  SeriesSamples samples;
  VARVE_RETURN_IF_ERROR(DecodeChunk(chunk.encoding, chunk.data, samples));
  const bool floats = !samples.floats.empty();
  std::vector<TimestampMs> times = std::move(floats ? samples.floats.times : samples.histograms.times);
  if (chunk.aggregate == Aggregate::kCounter && floats) {  // the first sample and the last value stand around the totals
    if (times.size() > 1) times.erase(times.begin());
    if (times.size() > 1) times.pop_back();
  }
  return times;
}

// What the stamps show: most end an hour, or they are of 5 m, where one in twelve does. The last one of a chunk may be the time of its
// last sample, and those around a reset of a histogram counter are.
int64_t ResolutionOf(std::span<const TimestampMs> stamps) {
  const auto inner = stamps.size() > 1 ? stamps.first(stamps.size() - 1) : stamps;
  const auto hours =
      std::count_if(inner.begin(), inner.end(), [](TimestampMs time) { return WindowEnd(time, kOneHourMs) == time; });
  return 2 * static_cast<size_t>(hours) >= inner.size() ? kOneHourMs : kFiveMinutesMs;
}

// Ranges that ascend and neither overlap nor touch.
std::vector<QueryRange> Joined(std::vector<QueryRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const QueryRange& a, const QueryRange& b) { return a.min < b.min; });
  std::vector<QueryRange> joined;
  for (const QueryRange& range : ranges) {
    if (!joined.empty() && (range.min <= joined.back().max_inclusive || range.min == joined.back().max_inclusive + 1)) {
      joined.back().max_inclusive = std::max(joined.back().max_inclusive, range.max_inclusive);
    } else {
      joined.push_back(range);
    }
  }
  return joined;
}

// The first of `ranges`, which ascend, that ends at `time` or later.
std::vector<QueryRange>::const_iterator FirstEndingFrom(const std::vector<QueryRange>& ranges, TimestampMs time) {
  return std::lower_bound(ranges.begin(), ranges.end(), time,
                          [](const QueryRange& range, TimestampMs from) { return range.max_inclusive < from; });
}

bool OverlapsAny(const std::vector<QueryRange>& ranges, QueryRange range) {
  const auto first = FirstEndingFrom(ranges, range.min);
  return first != ranges.end() && first->min <= range.max_inclusive;
}

bool Covers(const std::vector<QueryRange>& ranges, QueryRange range) {
  const auto first = FirstEndingFrom(ranges, range.max_inclusive);
  return first != ranges.end() && first->min <= range.min;
}

// The parts of `range` that are in none of `taken`.
std::vector<QueryRange> Without(QueryRange range, const std::vector<QueryRange>& taken) {
  std::vector<QueryRange> left;
  for (auto next = FirstEndingFrom(taken, range.min); next != taken.end() && next->min <= range.max_inclusive; ++next) {
    if (next->min > range.min) left.push_back({range.min, next->min - 1});
    if (next->max_inclusive >= range.max_inclusive) return left;
    range.min = next->max_inclusive + 1;
  }
  if (range.min <= range.max_inclusive) left.push_back(range);
  return left;
}

QueryRange WindowOf(TimestampMs stamp, int64_t resolution_ms) {
  return {WindowStart(stamp, resolution_ms), WindowEnd(stamp, resolution_ms)};
}

// From the start of the first to the end of the last window of a downsampled part.
QueryRange WindowsOf(const UnitPart& part) {
  return {WindowStart(part.range.min, part.resolution_ms), WindowEnd(part.range.max_inclusive, part.resolution_ms)};
}

// What a unit speaks for: of downsampled data whole windows, of raw samples also the time up to where the next ones may be.
QueryRange SpokenFor(const UnitPart& part) {
  if (part.resolution_ms > 0) return WindowsOf(part);
  const ChunkView& chunk = part.unit.front();
  const absl::StatusOr<uint32_t> samples = ChunkSampleCount(chunk.encoding, chunk.data);
  if (!samples.ok() || *samples < 2 || chunk.min_time < 0 || chunk.max_time < chunk.min_time) return part.range;
  const int64_t interval = std::min((chunk.max_time - chunk.min_time) / (*samples - 1), kFiveMinutesMs / 4);
  return {chunk.min_time - interval, chunk.max_time > kMaxTimestamp - interval ? kMaxTimestamp : chunk.max_time + interval};
}

// The windows of a unit, within its times, that do not give way to finer data: neighbours together, from the start of the first to
// the last stamp.
std::vector<QueryRange> KeptWindows(const UnitPart& part, std::span<const TimestampMs> stamps,
                                    const std::vector<QueryRange>& finer) {
  std::vector<QueryRange> kept;
  bool before = false;  // the window before is kept
  for (const TimestampMs stamp : stamps) {
    const QueryRange window = WindowOf(stamp, part.resolution_ms);
    const bool keep = stamp >= part.range.min && stamp <= part.range.max_inclusive && !Covers(finer, window);
    if (keep && before) {
      kept.back().max_inclusive = stamp;
    } else if (keep) {
      kept.push_back({window.min, stamp});
    }
    before = keep;
  }
  return kept;
}

// True if all windows of a downsampled unit stay: it was not narrowed by the store, and does not meet finer data.
bool StaysWhole(const UnitPart& part, std::span<const TimestampMs> stamps, const std::vector<QueryRange>& finer) {
  if (stamps.empty()) return true;
  return part.range.min <= stamps.front() && stamps.back() <= part.range.max_inclusive && !OverlapsAny(finer, WindowsOf(part));
}

UnitPart WholeUnit(ChunkUnit unit) { return {.unit = unit, .range = {unit.front().min_time, unit.front().max_time}}; }

}  // namespace

bool HasDownsampled(std::span<const ChunkView> chunks) {
  return std::any_of(chunks.begin(), chunks.end(), [](const ChunkView& chunk) { return chunk.aggregate != Aggregate::kRaw; });
}

std::vector<UnitPart> RawUnits(std::span<const ChunkView> chunks) {
  std::vector<UnitPart> parts;
  parts.reserve(chunks.size());
  for (const ChunkView& chunk : chunks) parts.push_back(WholeUnit({&chunk, 1}));
  return parts;
}

absl::StatusOr<std::vector<UnitPart>> MixResolutions(std::span<const ChunkUnit> units) {
  std::vector<UnitPart> parts;
  for (const ChunkUnit unit : units) parts.push_back(WholeUnit(unit));
  std::vector<std::vector<TimestampMs>> stamps(units.size());
  for (size_t i = 0; i < units.size(); ++i) {
    if (!IsDownsampled(units[i])) continue;
    VARVE_ASSIGN_OR_RETURN(stamps[i], Stamps(units[i]));
    parts[i].resolution_ms = ResolutionOf(stamps[i]);
  }
  std::vector<UnitPart> mixed;
  std::vector<QueryRange> taken;  // by the windows of coarser resolutions
  for (const int64_t resolution : {kOneHourMs, kFiveMinutesMs, kRawResolutionMs}) {
    std::vector<QueryRange> finer;
    for (const UnitPart& part : parts) {
      if (part.resolution_ms < resolution) finer.push_back(SpokenFor(part));
    }
    finer = Joined(std::move(finer));
    std::vector<QueryRange> takes;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].resolution_ms != resolution) continue;
      std::vector<QueryRange> ranges = {parts[i].range};
      bool whole = true;
      if (resolution != kRawResolutionMs && !StaysWhole(parts[i], stamps[i], finer)) {
        ranges = KeptWindows(parts[i], stamps[i], finer);
        whole = false;
      }
      for (const QueryRange& range : ranges) {
        QueryRange reach = range;
        if (resolution != kRawResolutionMs) {
          reach.min = WindowStart(range.min, resolution);
          takes.push_back(WindowsOf({units[i], resolution, range}));
        }
        for (const QueryRange& left : Without(reach, taken)) {
          const bool all = whole && left == reach;
          mixed.push_back({units[i], resolution, all ? range : left, all});
        }
      }
    }
    taken.insert(taken.end(), takes.begin(), takes.end());
    taken = Joined(std::move(taken));
  }
  std::stable_sort(mixed.begin(), mixed.end(), [](const UnitPart& a, const UnitPart& b) { return a.range.min < b.range.min; });
  return mixed;
}

ResolutionMap::ResolutionMap(std::span<const UnitPart> parts) {
  for (const int64_t resolution : {kFiveMinutesMs, kOneHourMs}) {
    std::vector<QueryRange> ranges;
    for (const UnitPart& part : parts) {
      if (part.resolution_ms == resolution) ranges.push_back(WindowsOf(part));
    }
    if (!ranges.empty()) coarsest_ms_ = resolution;
    for (const QueryRange& range : Joined(std::move(ranges))) stretches_.push_back({range, resolution});
  }
  std::sort(stretches_.begin(), stretches_.end(), [](const Stretch& a, const Stretch& b) { return a.range.min < b.range.min; });
}

int64_t ResolutionMap::At(TimestampMs time) const {
  const auto found = std::lower_bound(stretches_.begin(), stretches_.end(), time,
                                      [](const Stretch& stretch, TimestampMs at) { return stretch.range.max_inclusive < at; });
  return found != stretches_.end() && found->range.min <= time ? found->resolution_ms : kRawResolutionMs;
}

}  // namespace varve
