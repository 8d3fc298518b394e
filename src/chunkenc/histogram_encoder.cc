#include "chunkenc/histogram_encoder.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "chunkenc/histogram_chunk.h"
#include "chunkenc/histogram_continuation.h"
#include "chunkenc/histogram_layout.h"
#include "model/sample.h"

namespace varve {
namespace {

constexpr size_t kHeaderBytes = 3;

uint8_t HeaderByte(CounterResetHint hint) {
  switch (hint) {
    case CounterResetHint::kUnknown: return 0b00 << 6;
    case CounterResetHint::kNotReset: return 0b01 << 6;
    case CounterResetHint::kReset: return 0b10 << 6;
    case CounterResetHint::kGauge: return 0b11 << 6;
  }
  VARVE_CHECK(false);
}

// What a chunk stores of a stale histogram. (The marker is copied, not written as a constant: g++ 12 turns it into a quiet
// NaN when it makes one vector of a few constants.)
FloatHistogram MarkerOnly(const FloatHistogram& stale) {
  FloatHistogram marker;
  marker.sum = stale.sum;
  return marker;
}

// The header of a chunk that begins with `first`.
CounterResetHint HeaderFor(const FloatHistogram& first, const FloatHistogram* last, bool last_is_gauge) {
  if (first.reset_hint == CounterResetHint::kGauge || first.reset_hint == CounterResetHint::kReset) return first.reset_hint;
  if (last == nullptr) return CounterResetHint::kUnknown;
  const Continuation continuation = Continue(*last, last_is_gauge, first);
  return continuation.kind == Continuation::Kind::kNewChunk ? continuation.header : CounterResetHint::kNotReset;
}

}  // namespace

template <typename RowWriter>
BasicHistogramEncoder<RowWriter>::BasicHistogramEncoder() : writer_(kHeaderBytes) {}

template <typename RowWriter>
bool BasicHistogramEncoder<RowWriter>::Append(TimestampMs time, const FloatHistogram& histogram,
                                              const BasicHistogramEncoder* previous) {
  constexpr bool kIntegers = std::is_same_v<RowWriter, IntegerRowWriter>;
  VARVE_CHECK(sample_count() < kSamplesMax);
  if (sample_count() == 0) {
    if constexpr (kIntegers) VARVE_CHECK(IsStaleNan(histogram.sum) || HasWholeCounts(histogram));
    const bool follows = previous != nullptr && previous->sample_count() > 0;
    const bool after_gauge = follows && previous->header_ == CounterResetHint::kGauge;
    Start(time, histogram, HeaderFor(histogram, follows ? &previous->last_ : nullptr, after_gauge));
    return true;
  }
  Continuation continuation = Continue(last_, header_ == CounterResetHint::kGauge, histogram);
  if (continuation.kind == Continuation::Kind::kNewChunk) return false;
  if (IsStaleNan(histogram.sum)) {
    WriteRow(time, MarkerOnly(histogram));
    return true;
  }
  if constexpr (kIntegers) VARVE_CHECK(HasWholeCounts(histogram));
  if (continuation.kind == Continuation::Kind::kWidens) Recode(continuation.positive_spans, continuation.negative_spans);
  if (histogram.positive_spans == last_.positive_spans && histogram.negative_spans == last_.negative_spans) {
    WriteRow(time, histogram);
  } else {
    FloatHistogram fitted = histogram;
    WidenTo(last_.positive_spans, last_.negative_spans, fitted);
    WriteRow(time, fitted);
  }
  return true;
}

template <typename RowWriter>
void BasicHistogramEncoder<RowWriter>::Start(TimestampMs time, const FloatHistogram& histogram, CounterResetHint header) {
  header_ = header;
  last_ = IsStaleNan(histogram.sum) ? MarkerOnly(histogram) : histogram;
  WriteHistogramLayout(writer_, last_);
  rows_.WriteFirst(writer_, time, last_);
  writer_.Patch(1, 1);
  writer_.Patch(2, HeaderByte(header));
}

template <typename RowWriter>
void BasicHistogramEncoder<RowWriter>::WriteRow(TimestampMs time, const FloatHistogram& histogram) {
  rows_.WriteNext(writer_, time, histogram);
  last_ = histogram;
  const uint32_t count = sample_count() + 1;
  writer_.Patch(0, static_cast<uint8_t>(count >> 8));
  writer_.Patch(1, static_cast<uint8_t>(count));
}

template <typename RowWriter>
void BasicHistogramEncoder<RowWriter>::Recode(const std::vector<HistogramSpan>& positive_spans,
                                              const std::vector<HistogramSpan>& negative_spans) {
  constexpr ChunkEncoding kEncoding =
      std::is_same_v<RowWriter, IntegerRowWriter> ? ChunkEncoding::kHistogram : ChunkEncoding::kFloatHistogram;
  HistogramColumns samples;
  VARVE_CHECK(DecodeHistograms(kEncoding, bytes(), samples).ok());
  BasicHistogramEncoder wide;
  for (size_t i = 0; i < samples.size(); ++i) {
    WidenTo(positive_spans, negative_spans, samples.values[i]);
    if (i == 0) {
      wide.Start(samples.times[i], samples.values[i], header_);
    } else {
      wide.WriteRow(samples.times[i], samples.values[i]);
    }
  }
  *this = std::move(wide);
}

template <typename RowWriter>
size_t BasicHistogramEncoder<RowWriter>::heap_bytes() const {
  constexpr size_t kBucketBytes = sizeof(double) + sizeof(DeltaOfDelta);  // in last_ and in rows_
  const size_t spans = last_.positive_spans.capacity() + last_.negative_spans.capacity();
  const size_t buckets = last_.positive.capacity() + last_.negative.capacity();
  return writer_.heap_bytes() + spans * sizeof(HistogramSpan) + buckets * kBucketBytes +
         last_.custom_values.capacity() * sizeof(double);
}

template <typename RowWriter>
ByteBuffer BasicHistogramEncoder<RowWriter>::Release() {
  ByteBuffer chunk = writer_.Release();
  *this = BasicHistogramEncoder();
  return chunk;
}

template class BasicHistogramEncoder<IntegerRowWriter>;
template class BasicHistogramEncoder<FloatRowWriter>;

bool HasWholeCounts(const FloatHistogram& histogram) {
  const auto whole = [](double count) { return count >= 0 && count <= 0x1p53 && count == std::trunc(count); };
  return whole(histogram.count) && whole(histogram.zero_count) && std::ranges::all_of(histogram.positive, whole) &&
         std::ranges::all_of(histogram.negative, whole);
}

}  // namespace varve
