#include <bit>

#include "chunkenc/histogram_rows.h"
#include "chunkenc/varbit.h"
#include "model/sample.h"

namespace varve {
namespace {

uint64_t ReadInt(BitReader& reader) { return static_cast<uint64_t>(ReadVarbitInt(reader)); }
void WriteInt(BitWriter& writer, uint64_t value) { WriteVarbitInt(writer, static_cast<int64_t>(value)); }
uint64_t Whole(double count) { return static_cast<uint64_t>(static_cast<int64_t>(count)); }

}  // namespace

void IntegerRowReader::ReadFirst(BitReader& reader) {
  time_.value = ReadInt(reader);
  count_.value = ReadVarbitUint(reader);
  zero_count_.value = ReadVarbitUint(reader);
  sum_ = XorValueReader(reader.Read(64));
  uint64_t count = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    if (i == positive_count_) count = 0;
    buckets_[i].value = count += ReadInt(reader);
  }
}

void IntegerRowReader::ReadNext(BitReader& reader) {
  time_.Add(ReadInt(reader));
  count_.Add(ReadInt(reader));
  zero_count_.Add(ReadInt(reader));
  sum_.Read(reader);
  if (IsStaleNan(sum_.value())) return;
  // The format has changes of differences between neighbours; summed up from the left, they are changes of counts.
  uint64_t dod = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    if (i == positive_count_) dod = 0;
    buckets_[i].Add(dod += ReadInt(reader));
  }
}

void IntegerRowWriter::WriteFirst(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram) {
  time_ = {.value = static_cast<uint64_t>(time)};
  count_ = {.value = Whole(histogram.count)};
  zero_count_ = {.value = Whole(histogram.zero_count)};
  sum_ = XorValueWriter(std::bit_cast<uint64_t>(histogram.sum));
  WriteVarbitInt(writer, time);
  WriteVarbitUint(writer, count_.value);
  WriteVarbitUint(writer, zero_count_.value);
  writer.Write(sum_.bits(), 64);
  buckets_.clear();
  for (const auto* side : {&histogram.positive, &histogram.negative}) {
    uint64_t left = 0;
    for (const double count : *side) {
      buckets_.push_back({.value = Whole(count)});
      WriteInt(writer, Whole(count) - left);
      left = Whole(count);
    }
  }
}

void IntegerRowWriter::WriteNext(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram) {
  WriteInt(writer, time_.MoveTo(static_cast<uint64_t>(time)));
  if (IsStaleNan(histogram.sum)) {
    writer.Write(0, 2);  // counts of a stale sample mean nothing
    return sum_.Write(writer, histogram.sum);
  }
  WriteInt(writer, count_.MoveTo(Whole(histogram.count)));
  WriteInt(writer, zero_count_.MoveTo(Whole(histogram.zero_count)));
  sum_.Write(writer, histogram.sum);
  WriteBuckets(writer, histogram.positive, 0);
  WriteBuckets(writer, histogram.negative, histogram.positive.size());
}

void IntegerRowWriter::WriteBuckets(BitWriter& writer, const std::vector<double>& counts, size_t first) {
  uint64_t left = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const uint64_t dod = buckets_[first + i].MoveTo(Whole(counts[i]));
    WriteInt(writer, dod - left);
    left = dod;
  }
}

}  // namespace varve
