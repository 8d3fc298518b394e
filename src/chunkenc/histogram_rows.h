// The samples of histogram chunks, one row of numbers each, behind the layout they share. Chunks of integer histograms and
// of float histograms differ in nothing else, so each kind has a reader and a writer of rows here, and decoder and encoder
// take either.
//
//   integer rows   field      time   count   zero count   sum      buckets
//                  first      raw    raw     raw          raw      raw, each as difference to its left neighbour
//                  later      dod    dod     dod          xor      dod, each as difference to its left neighbour
//   float rows     first      raw    raw     raw          raw      raw
//                  later      dod    xor     xor          xor      xor
//
//   Integers are varbits, floats 64 bits, dod a delta of delta, xor as in xor_value.h.
//
// Shape    a stale row has the stale marker for its sum and ends there; in the first row the layout is empty then.
// Threads  one at a time.
// Source   prometheus tsdb/chunkenc/histogram.go, float_histogram.go.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time_range.h"
#include "chunkenc/bit_reader.h"
#include "chunkenc/bit_writer.h"
#include "chunkenc/histogram_layout.h"
#include "chunkenc/xor_value.h"
#include "model/histogram.h"

namespace varve {

// A number told by the change of its change. Arithmetic wraps, as upstream's does.
struct DeltaOfDelta {
  uint64_t value = 0;
  uint64_t delta = 0;

  void Add(uint64_t dod) { value += delta += dod; }
  // Moves on to `next` and answers what Add would have to be given.
  uint64_t MoveTo(uint64_t next) {
    const uint64_t next_delta = next - value;
    const uint64_t dod = next_delta - delta;
    value = next;
    delta = next_delta;
    return dod;
  }
};

class IntegerRowReader {
 public:
  static constexpr unsigned kBucketBitsMin = 1;
  static constexpr unsigned kRowBitsMin = 4;

  explicit IntegerRowReader(size_t bucket_count, size_t positive_count)
      : buckets_(bucket_count), positive_count_(positive_count) {}

  void ReadFirst(BitReader& reader);
  void ReadNext(BitReader& reader);

  TimestampMs time() const { return static_cast<TimestampMs>(time_.value); }
  double sum() const { return sum_.value(); }
  double count() const { return static_cast<double>(count_.value); }
  double zero_count() const { return static_cast<double>(zero_count_.value); }
  double bucket(size_t i) const { return static_cast<double>(static_cast<int64_t>(buckets_[i].value)); }

 private:
  DeltaOfDelta time_, count_, zero_count_;
  XorValueReader sum_;
  std::vector<DeltaOfDelta> buckets_;  // absolute counts: positive side first
  size_t positive_count_;
};

class FloatRowReader {
 public:
  static constexpr unsigned kBucketBitsMin = 64;
  static constexpr unsigned kRowBitsMin = 4;

  explicit FloatRowReader(size_t bucket_count, size_t /*positive_count*/) : buckets_(bucket_count) {}

  void ReadFirst(BitReader& reader);
  void ReadNext(BitReader& reader);

  TimestampMs time() const { return static_cast<TimestampMs>(time_.value); }
  double sum() const { return sum_.value(); }
  double count() const { return count_.value(); }
  double zero_count() const { return zero_count_.value(); }
  double bucket(size_t i) const { return buckets_[i].value(); }

 private:
  DeltaOfDelta time_;
  XorValueReader count_, zero_count_, sum_;
  std::vector<XorValueReader> buckets_;
};

// Writers take histograms whose buckets are those of the first one; a stale histogram has none.
class IntegerRowWriter {
 public:
  void WriteFirst(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram);
  void WriteNext(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram);

 private:
  void WriteBuckets(BitWriter& writer, const std::vector<double>& counts, size_t first);

  DeltaOfDelta time_, count_, zero_count_;
  XorValueWriter sum_;
  std::vector<DeltaOfDelta> buckets_;
};

class FloatRowWriter {
 public:
  void WriteFirst(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram);
  void WriteNext(BitWriter& writer, TimestampMs time, const FloatHistogram& histogram);

 private:
  DeltaOfDelta time_;
  XorValueWriter count_, zero_count_, sum_;
  std::vector<XorValueWriter> buckets_;
};

}  // namespace varve
