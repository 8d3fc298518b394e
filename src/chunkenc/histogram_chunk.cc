#include "chunkenc/histogram_chunk.h"

#include <utility>

#include "base/check.h"
#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/histogram_rows.h"
#include "chunkenc/start_times.h"

namespace varve {
namespace {

constexpr size_t kHeaderBytes = 3;

struct Header {
  size_t sample_count = 0;
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  uint8_t start_times = 0;
};

absl::StatusOr<Header> ReadHeader(ChunkEncoding encoding, Bytes data) {
  if (data.size() < kHeaderBytes) return DataLoss("histogram chunk of {} bytes: shorter than its header", data.size());
  const uint8_t* at = AsU8(data);
  const bool start_times = encoding == ChunkEncoding::kHistogramSt || encoding == ChunkEncoding::kFloatHistogramSt;
  constexpr CounterResetHint kHints[] = {CounterResetHint::kUnknown, CounterResetHint::kNotReset, CounterResetHint::kReset,
                                         CounterResetHint::kGauge};
  Header header;
  header.sample_count = (size_t{at[0]} << 8 | at[1]) & (start_times ? 0x3fff : 0xffff);
  header.reset_hint = kHints[(start_times ? at[0] : at[2]) >> 6];
  if (start_times) header.start_times = at[2];
  return header;
}

CounterResetHint HintOf(const Header& header, size_t index) {
  if (header.reset_hint == CounterResetHint::kGauge) return CounterResetHint::kGauge;
  return index > 0 ? CounterResetHint::kNotReset : CounterResetHint::kUnknown;
}

template <typename Rows>
FloatHistogram MakeHistogram(const HistogramLayout& layout, const Rows& rows, CounterResetHint hint) {
  FloatHistogram histogram;
  histogram.sum = rows.sum();
  if (IsStaleNan(histogram.sum)) return histogram;
  histogram.reset_hint = hint;
  histogram.schema = layout.schema;
  histogram.zero_threshold = layout.zero_threshold;
  histogram.zero_count = rows.zero_count();
  histogram.count = rows.count();
  histogram.positive_spans = layout.positive_spans;
  histogram.negative_spans = layout.negative_spans;
  histogram.custom_values = layout.custom_values;
  histogram.positive.resize(layout.positive_count);
  histogram.negative.resize(layout.negative_count);
  size_t next = 0;
  for (double& count : histogram.positive) count = rows.bucket(next++);
  for (double& count : histogram.negative) count = rows.bucket(next++);
  if (histogram.schema > kExponentialSchemaMax) ReduceToMaxSchema(histogram);
  return histogram;
}

// Appends the samples behind the header; what it leaves in `out` on an error is for the caller to take back.
template <typename Rows>
absl::Status DecodeRows(const Header& header, BitReader reader, HistogramColumns& out) {
  VARVE_ASSIGN_OR_RETURN(const HistogramLayout layout, ReadHistogramLayout(reader, Rows::kBucketBitsMin));
  if (header.sample_count * Rows::kRowBitsMin > reader.remaining()) {
    return DataLoss("histogram chunk: too short for the {} samples it announces", header.sample_count);
  }
  Rows rows(layout.bucket_count(), layout.positive_count);
  StartTimeReader starts(header.start_times);
  if (starts.any()) out.start_times.resize(out.size());
  const size_t sample_bytes = sizeof(FloatHistogram) + layout.heap_bytes();
  size_t decoded_bytes = 0;
  TimestampMs previous = 0;
  for (size_t i = 0; i < header.sample_count; ++i) {
    if (i == 0) {
      rows.ReadFirst(reader);
    } else {
      rows.ReadNext(reader);
    }
    const TimestampMs start = starts.Read(reader, i, rows.time(), previous);
    if (!reader.ok()) return DataLoss("histogram chunk: sample {} of {} is truncated or damaged", i, header.sample_count);
    if ((decoded_bytes += sample_bytes) > kDecodedBytesMax) {
      return DataLoss("histogram chunk: {} samples of {} buckets are more than any writer puts in one chunk", header.sample_count,
                      layout.bucket_count());
    }
    previous = rows.time();
    out.Append(rows.time(), MakeHistogram(layout, rows, HintOf(header, i)));
    if (starts.any()) out.start_times.push_back(start);
  }
  PadStartTimes(out);
  return absl::OkStatus();
}

bool HasFloats(ChunkEncoding encoding) {
  return encoding == ChunkEncoding::kFloatHistogram || encoding == ChunkEncoding::kFloatHistogramSt;
}

void Truncate(HistogramColumns& columns, size_t size, size_t start_times_size) {
  columns.times.resize(size);
  columns.values.resize(size);
  columns.start_times.resize(start_times_size);
}

}  // namespace

absl::Status DecodeHistograms(ChunkEncoding encoding, Bytes data, HistogramColumns& out) {
  VARVE_ASSIGN_OR_RETURN(const Header header, ReadHeader(encoding, data));
  if (header.sample_count == 0) return absl::OkStatus();
  const size_t before = out.size(), starts_before = out.start_times.size();
  const BitReader reader(data.subspan(kHeaderBytes));
  const absl::Status status =
      HasFloats(encoding) ? DecodeRows<FloatRowReader>(header, reader, out) : DecodeRows<IntegerRowReader>(header, reader, out);
  if (!status.ok()) Truncate(out, before, starts_before);
  return status;
}

absl::StatusOr<CounterResetHint> HistogramChunkResetHint(ChunkEncoding encoding, Bytes data) {
  VARVE_ASSIGN_OR_RETURN(const Header header, ReadHeader(encoding, data));
  return header.reset_hint;
}

}  // namespace varve
