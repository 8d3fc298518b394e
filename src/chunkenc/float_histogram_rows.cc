#include <bit>

#include "chunkenc/histogram_rows.h"
#include "chunkenc/varbit.h"
#include "model/sample.h"

namespace varve {

void FloatRowReader::ReadFirst(BitReader& reader) {
  time_.value = static_cast<uint64_t>(ReadVarbitInt(reader));
  count_ = XorValueReader(reader.Read(64));
  zero_count_ = XorValueReader(reader.Read(64));
  sum_ = XorValueReader(reader.Read(64));
  for (XorValueReader& bucket : buckets_) bucket = XorValueReader(reader.Read(64));
}

void FloatRowReader::ReadNext(BitReader& reader) {
  time_.Add(static_cast<uint64_t>(ReadVarbitInt(reader)));
  count_.Read(reader);
  zero_count_.Read(reader);
  sum_.Read(reader);
  if (IsStaleNan(sum_.value())) return;
  for (XorValueReader& bucket : buckets_) bucket.Read(reader);
}

void FloatRowWriter::WriteFirst(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram) {
  const auto first = [&writer](double value) {
    writer.Write(std::bit_cast<uint64_t>(value), 64);
    return XorValueWriter(std::bit_cast<uint64_t>(value));
  };
  time_ = {.value = static_cast<uint64_t>(time)};
  WriteVarbitInt(writer, time);
  count_ = first(histogram.count);
  zero_count_ = first(histogram.zero_count);
  sum_ = first(histogram.sum);
  buckets_.clear();
  for (const double count : histogram.positive) buckets_.push_back(first(count));
  for (const double count : histogram.negative) buckets_.push_back(first(count));
}

void FloatRowWriter::WriteNext(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram) {
  WriteVarbitInt(writer, static_cast<int64_t>(time_.MoveTo(static_cast<uint64_t>(time))));
  count_.Write(writer, histogram.count);
  zero_count_.Write(writer, histogram.zero_count);
  sum_.Write(writer, histogram.sum);
  size_t next = 0;
  for (const double count : histogram.positive) buckets_[next++].Write(writer, count);
  for (const double count : histogram.negative) buckets_[next++].Write(writer, count);
}

}  // namespace varve
