// From chunks to samples: which aggregate of downsampled data stands for a sample, and what becomes of overlaps and resets.
//
// Shape    a unit (storage/join_chunks.h) is a raw chunk or the aggregates of a downsampled one; a series may mix both. Where the
//          wanted aggregate is absent the raw chunk stands in.
// Errors   DataLoss for chunks that do not decode, lack what was asked for, or whose sums and counts do not fit together.
// Threads  free functions over immutable chunks.
// Source   thanos pkg/query/{iter,querier}.go, pkg/compact/downsample/downsample.go; docs/formats/store_api.md.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/time_range.h"
#include "model/sample.h"
#include "storage/join_chunks.h"
#include "store/mixed_units.h"

namespace varve {

enum class ReadAs : uint8_t { kAverage, kCount, kSum, kMin, kMax, kCounter };

// What the function around a selector computes with; kAverage (sum / count) unless it has an aggregate of its own.
ReadAs ReadAsFor(std::string_view function);
// The aggregates to ask a store for.
std::vector<Aggregate> AggregatesOf(ReadAs as);

// The coarsest resolution that still gives a function over a range one sample in it, or the two that it needs.
int64_t MaxResolutionFor(std::string_view function, int64_t range_ms, int64_t max_resolution_ms);

// Deals parts in time order into sequences without overlaps, as if each came from a replica of its own.
std::vector<std::vector<UnitPart>> SplitOverlaps(std::span<const UnitPart> parts);

// True if the unit holds the counter aggregate: its last sample is a marker, so that resets must be applied to read it.
bool HasCounterAggregate(ChunkUnit unit);

struct ReadOptions {
  ReadAs as = ReadAs::kAverage;
  bool apply_resets = false;  // for kCounter: it goes on rising where it was reset, and NaN is left out
  bool count_raw = false;     // for kCount: raw samples count 1 each, instead of being themselves
};

// Appends the samples of `parts` within `range`; where they overlap, the earlier one counts.
absl::Status ReadUnits(std::span<const UnitPart> parts, const ReadOptions& options, QueryRange range, SeriesSamples& out);

}  // namespace varve
