#include "chunkenc/histogram_layout.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "base/errors.h"
#include "base/status_macros.h"
#include "chunkenc/varbit.h"

namespace varve {
namespace {

constexpr unsigned kSpanBitsMin = 2;
constexpr unsigned kBoundBitsMin = 5;
constexpr double kThousandthsMax = 33554430;  // what a 4-byte varbit holds
constexpr int kZeroExponentBias = 243;

double ReadZeroThreshold(BitReader& reader) {
  const int byte = static_cast<int>(reader.Read(8));
  if (byte == 0) return 0;
  if (byte == 255) return reader.ReadF64();
  return std::ldexp(0.5, byte - kZeroExponentBias);
}

void WriteZeroThreshold(BitWriter& writer, double threshold) {
  if (threshold == 0) return writer.Write(0, 8);
  int exponent;
  const double fraction = std::frexp(threshold, &exponent);
  if (fraction == 0.5 && exponent >= 1 - kZeroExponentBias && exponent <= 254 - kZeroExponentBias) {
    return writer.Write(static_cast<uint64_t>(exponent + kZeroExponentBias), 8);
  }
  writer.Write(255, 8);
  writer.Write(std::bit_cast<uint64_t>(threshold), 64);
}

// Reads spans into `spans` and their number of buckets into `buckets`.
absl::Status ReadSpans(BitReader& reader, uint64_t buckets_max, std::vector<HistogramSpan>& spans, size_t& buckets) {
  const uint64_t count = ReadVarbitUint(reader);
  if (count > reader.remaining() / kSpanBitsMin) return DataLoss("histogram chunk: {} spans do not fit in it", count);
  spans.reserve(count);
  int64_t index = 0;  // of the bucket after the last span
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t length = ReadVarbitUint(reader);
    const int64_t offset = ReadVarbitInt(reader);
    if (length > buckets_max - buckets) return DataLoss("histogram chunk: more buckets than it has room for");
    const int64_t offset_min = i == 0 ? std::numeric_limits<int32_t>::min() : 0;
    if (offset < offset_min || offset > std::numeric_limits<int32_t>::max()) {
      return DataLoss("histogram chunk: span {} has offset {}", i, offset);
    }
    buckets += length;
    index += offset + static_cast<int64_t>(length);
    if (index > std::numeric_limits<int32_t>::max()) return DataLoss("histogram chunk: span {} ends at bucket {}", i, index);
    spans.push_back({.offset = static_cast<int32_t>(offset), .length = static_cast<uint32_t>(length)});
  }
  return absl::OkStatus();
}

void WriteSpans(BitWriter& writer, const std::vector<HistogramSpan>& spans) {
  WriteVarbitUint(writer, spans.size());
  for (const HistogramSpan& span : spans) {
    WriteVarbitUint(writer, span.length);
    WriteVarbitInt(writer, span.offset);
  }
}

absl::Status ReadBounds(BitReader& reader, std::vector<double>& bounds) {
  const uint64_t count = ReadVarbitUint(reader);
  if (count > reader.remaining() / kBoundBitsMin) return DataLoss("histogram chunk: {} custom bounds do not fit in it", count);
  bounds.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t thousandths = ReadVarbitUint(reader);
    const double bound = thousandths == 0 ? reader.ReadF64() : static_cast<double>(thousandths - 1) / 1000;
    if (std::isnan(bound) || bound == std::numeric_limits<double>::infinity() || (i > 0 && bound <= bounds.back())) {
      return DataLoss("histogram chunk: custom bound {} is not above the one before, or not finite", i);
    }
    bounds.push_back(bound);
  }
  return absl::OkStatus();
}

void WriteBounds(BitWriter& writer, const std::vector<double>& bounds) {
  WriteVarbitUint(writer, bounds.size());
  for (const double bound : bounds) {
    const double thousandths = bound * 1000;
    if (thousandths >= 0 && thousandths <= kThousandthsMax && std::round(thousandths) / 1000 == bound) {
      WriteVarbitUint(writer, static_cast<uint64_t>(std::round(thousandths)) + 1);
    } else {
      writer.Write(0, 1);
      writer.Write(std::bit_cast<uint64_t>(bound), 64);
    }
  }
}

// Custom buckets have a positive side only, within the bounds and the one bucket above them.
absl::Status CheckCustom(const HistogramLayout& layout) {
  if (!layout.negative_spans.empty()) return DataLoss("histogram chunk: custom buckets with a negative side");
  int64_t end = 0;
  for (const HistogramSpan& span : layout.positive_spans) end += int64_t{span.offset} + span.length;
  if (!layout.positive_spans.empty() && layout.positive_spans.front().offset < 0) {
    return DataLoss("histogram chunk: custom buckets below the first");
  }
  if (end > static_cast<int64_t>(layout.custom_values.size()) + 1) {
    return DataLoss("histogram chunk: buckets up to {}, but {} custom bounds", end, layout.custom_values.size());
  }
  return absl::OkStatus();
}

void ReduceSide(std::vector<HistogramSpan>& spans, std::vector<double>& counts, int shift) {
  std::vector<HistogramSpan> to_spans;
  std::vector<double> to_counts;
  int64_t index = 0, to_last = 0;
  size_t next = 0;
  for (const HistogramSpan& span : spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length; ++i, ++index) {
      const int64_t to = ((index - 1) >> shift) + 1;
      const double count = counts[next++];
      if (to_spans.empty() || to > to_last + 1) {
        const int64_t offset = to_spans.empty() ? to : to - to_last - 1;
        to_spans.push_back({.offset = static_cast<int32_t>(offset), .length = 1});
        to_counts.push_back(count);
      } else if (to == to_last + 1) {
        ++to_spans.back().length;
        to_counts.push_back(count);
      } else {
        to_counts.back() += count;
      }
      to_last = to;
    }
  }
  spans = std::move(to_spans);
  counts = std::move(to_counts);
}

}  // namespace

size_t HistogramLayout::heap_bytes() const {
  return (positive_spans.size() + negative_spans.size()) * sizeof(HistogramSpan) +
         (bucket_count() + custom_values.size()) * sizeof(double);
}

absl::StatusOr<HistogramLayout> ReadHistogramLayout(BitReader& reader, unsigned bucket_bits_min) {
  const uint64_t buckets_max = reader.remaining() / bucket_bits_min;
  HistogramLayout layout;
  layout.zero_threshold = ReadZeroThreshold(reader);
  const int64_t schema = ReadVarbitInt(reader);
  const bool custom = schema == kCustomBucketsSchema;
  if (!reader.ok()) return DataLoss("histogram chunk: ends within its layout");
  if (!custom && (schema < kExponentialSchemaMin || schema > kSchemaReservedMax)) {
    return Unimplemented("histogram chunk: unknown schema {}", schema);
  }
  layout.schema = static_cast<int32_t>(schema);
  VARVE_RETURN_IF_ERROR(ReadSpans(reader, buckets_max, layout.positive_spans, layout.positive_count));
  VARVE_RETURN_IF_ERROR(ReadSpans(reader, buckets_max - layout.positive_count, layout.negative_spans, layout.negative_count));
  if (custom) {
    VARVE_RETURN_IF_ERROR(ReadBounds(reader, layout.custom_values));
    VARVE_RETURN_IF_ERROR(CheckCustom(layout));
  }
  if (!reader.ok()) return DataLoss("histogram chunk: ends within its layout");
  return layout;
}

void WriteHistogramLayout(BitWriter& writer, const FloatHistogram& histogram) {
  WriteZeroThreshold(writer, histogram.zero_threshold);
  WriteVarbitInt(writer, histogram.schema);
  WriteSpans(writer, histogram.positive_spans);
  WriteSpans(writer, histogram.negative_spans);
  if (histogram.uses_custom_buckets()) WriteBounds(writer, histogram.custom_values);
}

void ReduceToMaxSchema(FloatHistogram& histogram) {
  const int shift = histogram.schema - kExponentialSchemaMax;
  ReduceSide(histogram.positive_spans, histogram.positive, shift);
  ReduceSide(histogram.negative_spans, histogram.negative, shift);
  histogram.schema = kExponentialSchemaMax;
}

}  // namespace varve
