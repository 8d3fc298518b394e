// Encodes native histograms into a chunk, byte for byte as Prometheus' appenders do.
//
//   auto chunk = std::make_unique<FloatHistogramEncoder>();
//   if (!chunk->Append(time, histogram)) {                  // another schema, a counter reset, ...
//     auto next = std::make_unique<FloatHistogramEncoder>();
//     VARVE_CHECK(next->Append(time, histogram, chunk.get()));   // the old one tells what to write about resets
//   }
//
// Shape    one encoder, one chunk, one layout. A histogram that has more buckets than the chunk makes the encoder recode the
//          chunk in place, so that a caller sees either an append or the wish for a new chunk. Where upstream notes "no
//          reset" at a cut that it did not examine (a gauge becomes a counter, a float histogram changes its schema at a
//          time boundary) ours notes "unknown". How many samples or bytes a chunk may have is the caller's law; the format
//          ends at kSamplesMax.
// Threads  one at a time; bytes() may not be read while another thread appends.
// Source   prometheus tsdb/chunkenc/histogram.go, float_histogram.go: AppendHistogram, recode.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/time_range.h"
#include "chunkenc/bit_writer.h"
#include "chunkenc/histogram_rows.h"
#include "model/histogram.h"

namespace varve {

template <typename RowWriter>
class BasicHistogramEncoder {
 public:
  static constexpr uint32_t kSamplesMax = 65535;

  BasicHistogramEncoder();

  // Appends a valid histogram (see FloatHistogram::Validate); integer chunks take whole counts only. False, with nothing
  // changed, if the histogram needs a new chunk; the first one of a chunk never does. `previous` is the encoder of the
  // series' chunk before this one, if there is any: the first histogram is compared with its last.
  [[nodiscard]] bool Append(TimestampMs time, const FloatHistogram& histogram, const BasicHistogramEncoder* previous = nullptr);

  uint32_t sample_count() const { return uint32_t{writer_.At(0)} << 8 | writer_.At(1); }
  CounterResetHint header() const { return header_; }
  size_t size() const { return writer_.size(); }
  size_t heap_bytes() const;
  Bytes bytes() const { return writer_.bytes(); }  // a whole chunk at any time; valid until the next Append

  // Takes the chunk out and starts a new one.
  ByteBuffer Release();

 private:
  void Start(TimestampMs time, const FloatHistogram& histogram, CounterResetHint header);
  void WriteRow(TimestampMs time, const FloatHistogram& histogram);
  void Recode(const std::vector<HistogramSpan>& positive_spans, const std::vector<HistogramSpan>& negative_spans);

  BitWriter writer_;
  RowWriter rows_;
  FloatHistogram last_;  // in the chunk's layout; nothing but the marker if stale
  CounterResetHint header_ = CounterResetHint::kUnknown;
};

extern template class BasicHistogramEncoder<IntegerRowWriter>;
extern template class BasicHistogramEncoder<FloatRowWriter>;
using HistogramEncoder = BasicHistogramEncoder<IntegerRowWriter>;     // ChunkEncoding::kHistogram
using FloatHistogramEncoder = BasicHistogramEncoder<FloatRowWriter>;  // ChunkEncoding::kFloatHistogram

// Whether an integer chunk can hold the histogram: all its counts are whole numbers from 0 to 2^53.
bool HasWholeCounts(const FloatHistogram& histogram);

}  // namespace varve
