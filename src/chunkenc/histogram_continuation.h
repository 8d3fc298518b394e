// Whether a histogram can go into the chunk that holds the one before it.
//
// Shape    a chunk has one layout and no counter reset. A histogram with other buckets still fits when they can be brought
//          together: buckets it lacks are added to it, buckets the chunk lacks are added to the chunk. For counters a lost
//          bucket must have been empty, otherwise its loss is a reset.
// Source   prometheus tsdb/chunkenc/histogram.go, appendable and appendableGauge.
#pragma once

#include <vector>

#include "model/histogram.h"

namespace varve {

struct Continuation {
  enum class Kind : uint8_t {
    kFits,      // as it is, or with empty buckets added to it
    kWidens,    // once the chunk has been recoded to the spans below
    kNewChunk,  // not at all
  };
  Kind kind = Kind::kFits;
  CounterResetHint header = CounterResetHint::kUnknown;       // of the new chunk, for kNewChunk
  std::vector<HistogramSpan> positive_spans, negative_spans;  // of both, for kWidens
};

// `last` is the last histogram of the chunk, in the chunk's layout. A stale one may follow anything and be followed by its
// like only.
Continuation Continue(const FloatHistogram& last, bool last_is_gauge, const FloatHistogram& next);

// Moves the counts of a histogram to spans that have all of its buckets, and possibly more.
void WidenTo(const std::vector<HistogramSpan>& positive_spans, const std::vector<HistogramSpan>& negative_spans,
             FloatHistogram& histogram);

}  // namespace varve
