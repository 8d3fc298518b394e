#include "store/unit_samples.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "model/column_scans.h"
#include "model/histogram_arithmetic.h"
#include "storage/decode_run.h"

namespace varve {
namespace {

Aggregate AggregateOf(ReadAs as) {
  switch (as) {
    case ReadAs::kCount: return Aggregate::kCount;
    case ReadAs::kMin: return Aggregate::kMin;
    case ReadAs::kMax: return Aggregate::kMax;
    case ReadAs::kCounter: return Aggregate::kCounter;
    case ReadAs::kSum:
    case ReadAs::kAverage: return Aggregate::kSum;
  }
  return Aggregate::kRaw;
}

const ChunkView* Find(ChunkUnit unit, Aggregate aggregate) {
  const auto found = std::find_if(unit.begin(), unit.end(), [&](const ChunkView& chunk) { return chunk.aggregate == aggregate; });
  return found == unit.end() ? nullptr : &*found;
}

absl::Status Lacks(ChunkUnit unit, std::string_view what) {
  return DataLoss("chunk [{}, {}]: the store sent neither raw samples nor the {}", unit.front().min_time, unit.front().max_time,
                  what);
}

// Drops from `from` on what does not come after `last` and after its predecessor.
template <typename Columns>
void KeepAscending(Columns& columns, size_t from, TimestampMs last, bool has_last) {
  const bool follows = from == columns.size() || !has_last || columns.times[from] > last;
  if (follows && StrictlyAscend(std::span(columns.times).subspan(from))) return;
  size_t kept = from;
  for (size_t i = from; i < columns.size(); ++i) {
    if (has_last && columns.times[i] <= last) continue;
    has_last = true;
    last = columns.times[i];
    if (kept != i) {
      columns.times[kept] = columns.times[i];
      columns.values[kept] = std::move(columns.values[i]);
    }
    ++kept;
  }
  columns.times.resize(kept);
  columns.values.resize(kept);
}

template <typename Columns>
void CutTo(QueryRange range, size_t from, Columns& columns) {
  const auto begin = columns.times.begin() + static_cast<ptrdiff_t>(from);
  const auto first = std::lower_bound(begin, columns.times.end(), range.min) - begin;
  const auto last = std::upper_bound(begin, columns.times.end(), range.max_inclusive) - begin;
  const auto values = columns.values.begin() + static_cast<ptrdiff_t>(from);
  columns.times.erase(begin + last, columns.times.end());
  columns.times.erase(begin, begin + std::min(first, last));
  columns.values.erase(values + last, columns.values.end());
  columns.values.erase(values, values + std::min(first, last));
}

// The running total of a counter. A second sample at the time of the last one tells the raw value the last window ended with, and
// so whether the next chunk begins after a reset.
class ResetApplier {
 public:
  // True if a sample was made of it, whose value is total().
  bool Add(TimestampMs time, double value) {
    if (std::isnan(value)) return false;
    if (!started_) {
      started_ = true;
      total_ = value;
    } else if (time > time_) {
      total_ += value >= value_ ? value - value_ : value;
    } else {
      if (time == time_) value_ = value;
      return false;
    }
    time_ = time;
    value_ = value;
    return true;
  }
  // Goes on from a sample of another sequence, with nothing between: what the counter did before it is not known.
  void Rebase(double value) {
    if (!started_) total_ = value;
    started_ = true;
    value_ = value;
  }
  double total() const { return total_; }
  double value() const { return value_; }

 private:
  bool started_ = false;
  TimestampMs time_ = kMinTimestamp;
  double value_ = 0, total_ = 0;
};

class UnitReader {
 public:
  UnitReader(const ReadOptions& options, QueryRange range, SeriesSamples& out)
      : as_(options.as),
        options_(options),
        range_(range),
        out_(out),
        first_float_(out.floats.size()),
        first_histogram_(out.histograms.size()) {}

  absl::Status Read(const UnitPart& part) {
    const size_t floats = out_.floats.size(), histograms = out_.histograms.size();
    VARVE_RETURN_IF_ERROR(Append(part));
    if (!part.whole) {
      CutTo(part.range, floats, out_.floats);
      CutTo(part.range, histograms, out_.histograms);
    }
    KeepAscending(out_.floats, floats, last_time_, has_last_);
    KeepAscending(out_.histograms, histograms, last_time_, has_last_);
    if (out_.floats.size() > floats) KeepLast(out_.floats.times.back());
    if (out_.histograms.size() > histograms) KeepLast(out_.histograms.times.back());
    // What comes before the range is cut off at once, while little stands behind it.
    CutTo(range_, floats, out_.floats);
    CutTo(range_, histograms, out_.histograms);
    return absl::OkStatus();
  }
  // As many of the first units as are decoded faster together; 0 if they are to be read one by one.
  size_t ReadRun(std::span<const UnitPart> parts) {
    if (options_.apply_resets || options_.count_raw) return 0;
    const size_t floats = out_.floats.size();
    const auto chunk_at = [&](size_t i) -> const ChunkView* {
      if (i == parts.size() || !parts[i].whole || parts[i].unit.size() != 1) return nullptr;
      const ChunkView& chunk = parts[i].unit.front();
      const bool within = range_.min <= chunk.min_time && chunk.max_time <= range_.max_inclusive;
      return within && chunk.aggregate == Aggregate::kRaw ? &chunk : nullptr;
    };
    const size_t count = DecodeXorRun(chunk_at, out_.floats);
    if (count == 0) return 0;
    if (has_last_ && out_.floats.times[floats] <= last_time_) KeepAscending(out_.floats, floats, last_time_, has_last_);
    if (out_.floats.size() > floats) KeepLast(out_.floats.times.back());
    return count;
  }
  void Finish() {
    CutTo(range_, first_float_, out_.floats);  // where chunks hold other times than their index says
    CutTo(range_, first_histogram_, out_.histograms);
    out_.floats.start_times.clear();  // the StoreAPI does not carry them
    out_.histograms.start_times.clear();
  }

 private:
  absl::Status Append(const UnitPart& part) {
    const ChunkUnit unit = part.unit;
    const ChunkView* raw = Find(unit, Aggregate::kRaw);
    if (as_ == ReadAs::kAverage && raw == nullptr) return AppendAverage(unit);
    const ChunkView* chunk = as_ == ReadAs::kAverage ? raw : Find(unit, AggregateOf(as_));
    if (chunk == nullptr) chunk = raw;
    if (chunk == nullptr) return Lacks(unit, "aggregate that was asked for");
    if (!options_.apply_resets) {
      const size_t floats = out_.floats.size();
      VARVE_RETURN_IF_ERROR(DecodeChunk(chunk->encoding, chunk->data, out_, range_.max_inclusive));
      if (options_.count_raw && as_ == ReadAs::kCount && chunk == raw)
        std::fill(out_.floats.values.begin() + static_cast<ptrdiff_t>(floats), out_.floats.values.end(), 1);
      return absl::OkStatus();
    }
    VARVE_RETURN_IF_ERROR(Decode(*chunk, scratch_));
    for (size_t i = 0; i < scratch_.floats.size(); ++i) {
      if (!part.whole && scratch_.floats.times[i] < part.range.min) {
        resets_.Rebase(scratch_.floats.values[i]);
        continue;
      }
      if (!part.whole && scratch_.floats.times[i] > part.range.max_inclusive) {
        cut_short_ = true;
        break;
      }
      // Behind a part of a chunk the value it ended with is not known: a fall may be that of the chunk's total, not a reset.
      if (std::exchange(cut_short_, false) && scratch_.floats.values[i] < resets_.value()) {
        resets_.Rebase(scratch_.floats.values[i]);
      }
      if (resets_.Add(scratch_.floats.times[i], scratch_.floats.values[i])) {
        out_.floats.Append(scratch_.floats.times[i], resets_.total());
      }
    }
    for (size_t i = 0; i < scratch_.histograms.size(); ++i) {
      out_.histograms.Append(scratch_.histograms.times[i], std::move(scratch_.histograms.values[i]));
    }
    return absl::OkStatus();
  }

  absl::Status AppendAverage(ChunkUnit unit) {
    const ChunkView* sum = Find(unit, Aggregate::kSum);
    const ChunkView* count = Find(unit, Aggregate::kCount);
    if (sum == nullptr || count == nullptr) return Lacks(unit, "sum and the count");
    VARVE_RETURN_IF_ERROR(Decode(*sum, scratch_));
    VARVE_RETURN_IF_ERROR(Decode(*count, counts_));
    const std::vector<double>& counts = counts_.floats.values;
    if (scratch_.floats.times == counts_.floats.times) {
      for (size_t i = 0; i < counts.size(); ++i)
        out_.floats.Append(counts_.floats.times[i], scratch_.floats.values[i] / counts[i]);
      return absl::OkStatus();
    }
    if (scratch_.histograms.times == counts_.floats.times) {
      for (size_t i = 0; i < counts.size(); ++i) {
        DivideHistogram(scratch_.histograms.values[i], counts[i]);
        out_.histograms.Append(counts_.floats.times[i], std::move(scratch_.histograms.values[i]));
      }
      return absl::OkStatus();
    }
    return DataLoss("chunk [{}, {}]: the timestamps of sum and count differ", sum->min_time, sum->max_time);
  }

  static absl::Status Decode(const ChunkView& chunk, SeriesSamples& out) {
    out.Clear();
    return DecodeChunk(chunk.encoding, chunk.data, out);
  }

  void KeepLast(TimestampMs time) {
    last_time_ = has_last_ ? std::max(last_time_, time) : time;
    has_last_ = true;
  }

  const ReadAs as_;
  const ReadOptions options_;
  const QueryRange range_;
  SeriesSamples& out_;
  const size_t first_float_, first_histogram_;  // of ours in out_
  bool has_last_ = false;
  TimestampMs last_time_ = kMinTimestamp;  // of the samples so far, cut off or not
  ResetApplier resets_;
  bool cut_short_ = false;  // the last part ended within its chunk
  SeriesSamples scratch_, counts_;
};

}  // namespace

ReadAs ReadAsFor(std::string_view function) {
  if (function == "min" || function.starts_with("min_")) return ReadAs::kMin;
  if (function == "max" || function.starts_with("max_")) return ReadAs::kMax;
  if (function == "count" || function.starts_with("count_")) return ReadAs::kCount;
  if (function.starts_with("sum_")) return ReadAs::kSum;  // but not sum, which adds up samples of several series
  constexpr std::array<std::string_view, 6> kOnCounters = {"increase", "rate", "irate", "resets", "xincrease", "xrate"};
  if (std::find(kOnCounters.begin(), kOnCounters.end(), function) != kOnCounters.end()) return ReadAs::kCounter;
  return ReadAs::kAverage;
}

std::vector<Aggregate> AggregatesOf(ReadAs as) {
  if (as == ReadAs::kAverage) return {Aggregate::kCount, Aggregate::kSum};
  return {AggregateOf(as)};
}

int64_t MaxResolutionFor(std::string_view function, int64_t range_ms, int64_t max_resolution_ms) {
  constexpr std::array<std::string_view, 9> kNeedTwo = {
      "rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "holt_winters", "double_exponential_smoothing"};
  if (range_ms <= 0) return max_resolution_ms;
  const bool needs_two = std::find(kNeedTwo.begin(), kNeedTwo.end(), function) != kNeedTwo.end();
  return std::min(max_resolution_ms, needs_two ? range_ms / 2 : range_ms);
}

std::vector<std::vector<UnitPart>> SplitOverlaps(std::span<const UnitPart> parts) {
  std::vector<std::vector<UnitPart>> replicas;
  for (const UnitPart& part : parts) {
    const auto fits = std::find_if(replicas.begin(), replicas.end(), [&](const std::vector<UnitPart>& replica) {
      return replica.back().range.max_inclusive < part.range.min;
    });
    if (fits == replicas.end()) {
      replicas.push_back({part});
    } else {
      fits->push_back(part);
    }
  }
  return replicas;
}

bool HasCounterAggregate(ChunkUnit unit) { return Find(unit, Aggregate::kCounter) != nullptr; }

absl::Status ReadUnits(std::span<const UnitPart> parts, const ReadOptions& options, QueryRange range, SeriesSamples& out) {
  UnitReader reader(options, range, out);
  for (size_t i = 0; i < parts.size();) {
    if (const size_t count = reader.ReadRun(parts.subspan(i)); count > 0) {
      i += count;
      continue;
    }
    if (Overlaps(parts[i].range, range)) VARVE_RETURN_IF_ERROR(reader.Read(parts[i]));
    ++i;
  }
  reader.Finish();
  return absl::OkStatus();
}

}  // namespace varve
